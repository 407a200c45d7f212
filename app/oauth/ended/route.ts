import { formToken } from '#lib/browser/index.ts';
import { inTenant } from '#lib/db/index.ts';
import { nobodys } from '#lib/kernel/code.ts';
import { sameText } from '#lib/kernel/hash.ts';
import { isId } from '#lib/kernel/ids.ts';
import { openCtx, type PartnerView, readPartner } from '#lib/tenancy/index.ts';
import { guarded } from '../../connect/_pages/guard.ts';
import { problem, sceneOf, unknownLink } from '../../connect/_pages/respond.tsx';

/** The partner whose callback sent the reader here, which the address proves; its id alone is no reason to show a brand. */
async function senderOf(search: URLSearchParams): Promise<PartnerView | null> {
  const partnerId = search.get('partner') ?? '';
  if (!isId('partner', partnerId) || !sameText(search.get('from') ?? '', formToken(partnerId))) return null;
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'callback' });
  return ctx && inTenant(partnerId, (tx) => readPartner(tx, ctx));
}

/** Where a callback ends that leads to no invitation. The brand is all it takes from the partner. */
export const GET = guarded(async (request: Request) => {
  const { searchParams } = new URL(request.url);
  const kind = searchParams.get('kind');
  if (kind === 'our_side') return problem(sceneOf(request, null), kind, nobodys.page, null, { unnamed: true });
  if (kind !== 'other_browser') return unknownLink(request);
  const partner = await senderOf(searchParams);
  const trip = searchParams.get('trip') ?? '';
  const reference = isId('authorizationRequest', trip) ? trip : nobodys.browser;
  return problem(sceneOf(request, partner && { partner }), kind, reference, null, { unnamed: partner === null });
});
