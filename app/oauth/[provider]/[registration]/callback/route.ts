import { formToken, readCookie, seeOther } from '#lib/browser/index.ts';
import { type CallbackAnswer, handleCallback } from '#lib/consent/index.ts';
import { nobodys } from '#lib/kernel/code.ts';
import { arrival, toResult } from '../../../../connect/_pages/arrive.ts';
import { guarded } from '../../../../connect/_pages/guard.ts';
import { browserCookie, problem, sceneOf } from '../../../../connect/_pages/respond.tsx';

type OtherBrowser = Extract<CallbackAnswer, { kind: 'other_browser' }>;

/**
 * The page for another browser than the one that left; `from` proves that it was sent there by a callback of this partner. The
 * trip's id opens nothing, and makes the code one that the partner finds.
 */
function elsewhere({ visit, locale, requestId }: OtherBrowser): string {
  const { partnerId } = visit.ctx;
  const from = { partner: partnerId, from: formToken(partnerId), trip: requestId, ...(locale ? { lang: locale } : {}) };
  return `/oauth/ended?${new URLSearchParams({ kind: 'other_browser', ...from })}`;
}

/** The provider sends a customer back here. All it does is hand over to consent, and leave this address (B-1). */
export const GET = guarded(
  async (request: Request, { params }: { params: Promise<{ provider: string; registration: string }> }) => {
    const { provider, registration } = await params;
    const answer = await handleCallback({
      registrationId: registration,
      providerSlug: provider,
      params: new URL(request.url).searchParams,
      browserSecret: readCookie(request, browserCookie),
    });
    switch (answer.kind) {
      case 'malformed':
        return toResult(answer, { ended: 'too_large_or_odd' });
      case 'other_browser':
        // Whoever holds only the callback's address gets the partner's look and a sentence, never the invitation.
        return seeOther(elsewhere(answer));
      case 'no_request':
        return seeOther('/oauth/ended?kind=link_unknown');
      default:
        return arrival(request, answer);
    }
  },
);

/** A scanner that only looks must not spend the code; without this the framework would answer HEAD by running GET. */
export const HEAD = (): Response => new Response(null, { status: 405, headers: { allow: 'GET' } });

/** Exact sends people here by a redirect; what is posted was not sent by it, and is not read. */
export const POST = guarded(async (request: Request) => {
  const answer = await problem(sceneOf(request, null), 'too_large_or_odd', nobodys.posted, null);
  answer.headers.set('allow', 'GET');
  return new Response(answer.body, { status: 405, headers: answer.headers });
});
