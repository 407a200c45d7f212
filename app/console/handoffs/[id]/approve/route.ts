import { seeOther } from '#lib/browser/index.ts';
import { approveHandoff } from '#lib/handoff/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';

/** The second member agrees: the claim may be redeemed. */
export const POST = consolePost('register_database', async ({ member, params }) => {
  requireFresh(member);
  const id = params['id'] ?? '';
  await approveHandoff(member.ctx, id);
  return seeOther(`/console/handoffs/${id}`);
});
