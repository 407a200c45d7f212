import { pageHeaders } from '#lib/browser/index.ts';
import { embedScript } from '#lib/embed/index.ts';

const fiveMinutes = 'public, max-age=300';
const forever = 'public, max-age=31536000, immutable';

/** The embed script, for pages of anyone: `v1.js` is the newest, `v1.x.y.js` never changes (design §8.10). */
export const GET = async (_: Request, { params }: { params: Promise<{ file: string }> }): Promise<Response> => {
  const found = embedScript((await params).file);
  const headers = pageHeaders({ csp: "default-src 'none'", opener: 'same-origin' });
  if (!found) return new Response('There is no such version.\n', { status: 404, headers });
  return new Response(found.code, {
    headers: {
      ...headers,
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': found.fixed ? forever : fiveMinutes,
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    },
  });
};
