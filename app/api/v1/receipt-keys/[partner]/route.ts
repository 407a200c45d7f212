import { pageHeaders } from '#lib/browser/index.ts';
import { publishedReceiptKeys } from '#lib/handoff/index.ts';

type Route = { params: Promise<{ partner: string }> };

/** The keys that a partner's receipts verify with, for anyone, without an API key: whoever keeps a receipt may check it. */
export async function GET(_request: Request, { params }: Route): Promise<Response> {
  const keys = await publishedReceiptKeys((await params).partner);
  const headers = {
    ...pageHeaders({ csp: "default-src 'none'", opener: 'same-origin' }),
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=300',
    'content-type': 'application/jwk-set+json', // RFC 7517 §8.5.2
  };
  return new Response(JSON.stringify(keys), { headers });
}
