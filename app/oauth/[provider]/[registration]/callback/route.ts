import { readCookie, seeOther } from '#lib/browser/index.ts';
import { handleCallback, openLink, type Visit } from '#lib/consent/index.ts';
import { guarded } from '../../../../connect/_pages/guard.ts';
import { browserCookie } from '../../../../connect/_pages/respond.tsx';

type Back = { visit: Visit; locale: string | null };

/** Away from the address that holds the code, to a page of the same invitation, in the language they left it in. */
async function toInvitation(back: Back, query: Record<string, string>): Promise<Response> {
  const { ctx, invitation } = back.visit;
  const link = await openLink(ctx, { invitationId: invitation.id });
  const asked = new URLSearchParams({ ...query, ...(back.locale ? { lang: back.locale } : {}) });
  return seeOther(`/connect/${link?.reveal() ?? 'unknown'}/result?${asked}`);
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
      case 'settled':
        return toInvitation(answer, { trip: answer.requestId });
      case 'lapsed':
        return toInvitation(answer, { ended: 'request_lapsed' });
      case 'withdrawn':
        return toInvitation(answer, {});
      case 'malformed':
        return toInvitation(answer, { ended: 'too_large_or_odd' });
      case 'other_browser':
        // Whoever holds only the callback's address gets the partner's look and a sentence, never the invitation.
        return seeOther(`/oauth/ended?kind=other_browser&partner=${answer.visit.ctx.partnerId}`);
      case 'no_request':
        return seeOther('/oauth/ended?kind=link_unknown');
    }
  },
);

/** A scanner that only looks must not spend the code; without this the framework would answer HEAD by running GET. */
export const HEAD = (): Response => new Response(null, { status: 405, headers: { allow: 'GET' } });
