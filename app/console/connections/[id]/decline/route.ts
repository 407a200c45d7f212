import { seeOther } from '#lib/browser/index.ts';
import { discardGrant } from '#lib/custody/index.ts';
import { inTenant } from '#lib/db/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { shownGrant, tooLate } from '../../../_parts/shown-grant.ts';

/** A member declines a parked consent: what was held is shredded. */
export const POST = consolePost('decide_grants', async ({ member: { ctx }, form, params }) => {
  const connectionId = params['id'] ?? '';
  const grant = await shownGrant(ctx, connectionId, form);
  if (grant.custody !== 'parked') throw tooLate();
  if (!(await inTenant(ctx.partnerId, (tx) => discardGrant(tx, ctx, grant, 'declined')))) throw tooLate();
  return seeOther(`/console/connections/${connectionId}`);
});
