import type { Demands, Expected } from '../custody/index.ts';
import type { Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { readRegistration } from '../tenancy/index.ts';
import type { Visit } from './visit.ts';

/** What the partner demands of a consent that an invitation brings. */
export const demandsOf = ({ invitation, registration }: Pick<Visit, 'invitation' | 'registration'>): Demands => ({
  expected: invitation.expected as Expected | null,
  confirm: registration.confirmation === 'require',
});

/** The same for the consent of an authorization request, for who has only that. */
export async function demandsOfRequest(tx: Tx, ctx: Ctx, requestId: string): Promise<Demands> {
  const { partnerId } = ctx;
  const request = await tx.authorizationRequest.findFirstOrThrow({ where: { partnerId, id: requestId } });
  const invitation = await tx.invitation.findFirstOrThrow({ where: { partnerId, id: request.invitationId } });
  return demandsOf({ invitation, registration: await readRegistration(tx, ctx, request.registrationId) });
}
