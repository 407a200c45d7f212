import { notFound } from 'next/navigation';
import { cache } from 'react';
import type { Rights } from '#components/console/next-step.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { requireMember } from '#lib/session/index.ts';
import { may, type Role } from '#lib/tenancy/index.ts';

/** Who asks for this page; layout and page share one look-up. */
export const signedIn = cache(requireMember);

export const rightsOf = (role: Role): Rights => ({
  invite: may(role, 'invite'),
  register: may(role, 'register_database'),
  decide: may(role, 'decide_grants'),
});

/** What is not there, or not this partner's, is a page that is not there. */
export async function orNotFound<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') notFound();
    throw error;
  }
}
