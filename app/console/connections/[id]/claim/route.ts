import { seeOther } from '#lib/browser/index.ts';
import { claimHandoff, prepareClaim } from '#lib/handoff/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { filled } from '../../../_parts/query.ts';

/** Starts a registration: the credentials are reserved for this member, nothing leaves yet. A target may come with a key of it. */
export const POST = consolePost('register_database', async ({ member, form, params }) => {
  requireFresh(member);
  const [target, recipientKeyId] = filled(form, 'target')?.split(' ') ?? [];
  const claim = { connectionId: params['id'] ?? '', target, recipientKeyId };
  await prepareClaim(member.ctx, claim);
  const handoff = await claimHandoff(member.ctx, claim);
  return seeOther(`/console/handoffs/${handoff.id}`);
});
