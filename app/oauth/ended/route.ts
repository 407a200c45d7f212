import { inTenant } from '#lib/db/index.ts';
import { isId } from '#lib/kernel/ids.ts';
import { openCtx, readPartner } from '#lib/tenancy/index.ts';
import { guarded } from '../../connect/_pages/guard.ts';
import { problem, sceneOf, unknownLink } from '../../connect/_pages/respond.tsx';

/** Where a callback ends that leads to no invitation. The brand is all it takes from the partner. */
export const GET = guarded(async (request: Request) => {
  const url = new URL(request.url);
  const partnerId = url.searchParams.get('partner') ?? '';
  if (url.searchParams.get('kind') !== 'other_browser' || !isId('partner', partnerId)) return unknownLink(request);
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'callback' });
  if (!ctx) return unknownLink(request);
  const partner = await inTenant(partnerId, (tx) => readPartner(tx, ctx));
  return problem(sceneOf(request, { partner }), 'other_browser', ctx.requestId, null);
});
