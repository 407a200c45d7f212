import { closedPolicy, pageHeaders } from '#lib/browser/index.ts';
import { newsOfLink } from '#lib/consent/index.ts';
import { guarded } from '../../_pages/guard.ts';

/**
 * How an invitation goes, for the embed script when no message reaches it (design §8.10). Read across origins by pages of
 * the partner's registered origins alone, without cookies; holds nothing that the partner does not know already.
 */
export const GET = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const origin = request.headers.get('origin');
  const { news, readable } = await newsOfLink(token, origin);
  return Response.json(news, {
    headers: {
      ...pageHeaders({ csp: closedPolicy, opener: 'unsafe-none' }),
      vary: 'Origin',
      ...(readable && origin !== null ? { 'access-control-allow-origin': origin } : {}),
    },
  });
});
