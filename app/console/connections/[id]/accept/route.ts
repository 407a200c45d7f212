import { seeOther } from '#lib/browser/index.ts';
import { acceptGrant } from '#lib/custody/index.ts';
import { inTenant } from '#lib/db/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { shownGrant, tooLate } from '../../../_parts/shown-grant.ts';

/** A member accepts a parked consent. */
export const POST = consolePost('decide_grants', async ({ member: { ctx }, form, params }) => {
  const connectionId = params['id'] ?? '';
  const grant = await shownGrant(ctx, connectionId, form);
  if (!(await inTenant(ctx.partnerId, (tx) => acceptGrant(tx, ctx, grant.id)))) throw tooLate();
  return seeOther(`/console/connections/${connectionId}`);
});
