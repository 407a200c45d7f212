import { seeOther } from '#lib/browser/index.ts';
import { parkGrant } from '#lib/custody/index.ts';
import { inTenant } from '#lib/db/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { shownGrant, tooLate } from '../../../_parts/shown-grant.ts';

/** A member doubts a sealed consent: it waits until someone has looked. */
export const POST = consolePost('decide_grants', async ({ member: { ctx }, form, params }) => {
  const connectionId = params['id'] ?? '';
  const grant = await shownGrant(ctx, connectionId, form);
  if (!(await inTenant(ctx.partnerId, (tx) => parkGrant(tx, ctx, grant, 'member_doubts')))) throw tooLate();
  return seeOther(`/console/connections/${connectionId}`);
});
