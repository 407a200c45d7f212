import type { Tx } from '../db/index.ts';
import { idsOfCode } from '../kernel/code.ts';
import type { Ctx } from '../kernel/ctx.ts';

/** More than six characters ever have in common; who makes ids by the million finds the first of them. */
const most = 50;

/**
 * The partner's connections whose customer was shown this code: of a trip, of an invitation, or of the connection itself.
 * Nearly always one; a code is a hint that people read aloud, not a name.
 */
export async function connectionsOfCode(tx: Tx, { partnerId }: Ctx, code: string): Promise<string[]> {
  const trips = await tx.authorizationRequest.findMany({
    where: { partnerId, id: idsOfCode('authorizationRequest', code) },
    select: { connectionId: true },
    take: most,
  });
  const invitations = await tx.invitation.findMany({
    where: { partnerId, id: idsOfCode('invitation', code) },
    select: { connectionId: true },
    take: most,
  });
  const connections = await tx.connection.findMany({
    where: { partnerId, id: idsOfCode('connection', code) },
    select: { id: true },
    take: most,
  });
  return [...trips, ...invitations].map(({ connectionId }) => connectionId).concat(connections.map(({ id }) => id));
}
