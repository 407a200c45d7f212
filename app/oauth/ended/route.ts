import { inTenant } from '#lib/db/index.ts';
import { isId } from '#lib/kernel/ids.ts';
import { openCtx, readPartner } from '#lib/tenancy/index.ts';
import { guarded } from '../../connect/_pages/guard.ts';
import { problem, sceneOf, unknownLink } from '../../connect/_pages/respond.tsx';

/**
 * Where a callback ends that leads to no invitation. The brand is all it takes from the partner; the trip's id opens nothing,
 * and makes the code one that the partner finds.
 */
export const GET = guarded(async (request: Request) => {
  const { searchParams } = new URL(request.url);
  const partnerId = searchParams.get('partner') ?? '';
  const trip = searchParams.get('trip') ?? '';
  const isWhole = isId('partner', partnerId) && isId('authorizationRequest', trip);
  if (searchParams.get('kind') !== 'other_browser' || !isWhole) return unknownLink(request);
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'callback' });
  if (!ctx) return unknownLink(request);
  const partner = await inTenant(partnerId, (tx) => readPartner(tx, ctx));
  return problem(sceneOf(request, { partner }), 'other_browser', trip, null);
});
