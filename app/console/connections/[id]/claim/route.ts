import { seeOther } from '#lib/browser/index.ts';
import { claimHandoff } from '#lib/handoff/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { filled } from '../../../_parts/query.ts';

/** Starts a registration: the credentials are reserved for this member, nothing leaves yet. */
export const POST = consolePost('register_database', async ({ member: { ctx }, form, params }) => {
  const handoff = await claimHandoff(ctx, { connectionId: params['id'] ?? '', target: filled(form, 'target') });
  return seeOther(`/console/handoffs/${handoff.id}`);
});
