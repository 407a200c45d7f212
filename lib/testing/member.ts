import { randomBytes, randomUUID } from 'node:crypto';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { csrfOf, currentMember, type Session } from '../session/index.ts';
import { addMember } from '../tenancy/index.ts';
import { jar } from './jar.ts';
import type { World } from './world.ts';

/** A member of this partner who signed in so long ago; null: before that was kept. */
export async function signedInMember({ admin }: World, partner: Ctx, age: string | null = '0 s'): Promise<Session> {
  const email = `${randomUUID()}@example.test`;
  await addMember(partner, { email, name: 'Ann', role: 'admin' });
  const token = randomBytes(16).toString('hex');
  await admin.query('INSERT INTO identity_user (id, email) VALUES ($1, $1)', [email]);
  await admin.query(
    `INSERT INTO identity_session (id, session_token, user_id, expires, fresh_at)
     VALUES ($1, $2, $3, now() + interval '1 hour', now() - $4::interval)`,
    [randomUUID(), Buffer.from(sha256(token)).toString('hex'), email, age],
  );
  jar.set('__Host-waxseal-session', token);
  return here();
}

async function here(): Promise<Session> {
  const session = await currentMember();
  if (!session) throw new Error('nobody is signed in');
  return session;
}

/** The sign-in of this browser becomes so old. */
export const ageSignIn = ({ admin }: World, interval: string) =>
  admin.query('UPDATE identity_session SET fresh_at = now() - $1::interval', [interval]);

type Post = (request: Request, route: { params: Promise<Record<string, string>> }) => Promise<Response>;
const address = 'http://localhost:3999/console/x';

/** Posts a form of the console. */
export async function submit(post: Post, params: Record<string, string>, fields: Record<string, string>) {
  const body = new URLSearchParams({ csrf: csrfOf(await here()), ...fields });
  return post(new Request(address, { method: 'POST', body }), { params: Promise.resolve(params) });
}

/** Asks as a script of the console does. */
export async function ask(post: Post, params: Record<string, string>, body?: object) {
  const headers = { 'x-csrf': csrfOf(await here()) };
  const init = { method: 'POST', headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  return post(new Request(address, init), { params: Promise.resolve(params) });
}
