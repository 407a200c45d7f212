import { pageHeaders } from '#lib/browser/index.ts';
import { findLogo } from '#lib/tenancy/index.ts';

const headers = () => pageHeaders({ csp: "default-src 'none'; sandbox", opener: 'same-origin' });

/** A partner's logo, as we drew it. Its address says what it holds, so it may be kept for good. */
export const GET = async (
  _: Request,
  { params }: { params: Promise<{ partner: string; file: string }> },
): Promise<Response> => {
  const { partner, file } = await params;
  const logo = await findLogo(partner, file);
  if (!logo) return new Response('There is no such picture.\n', { status: 404, headers: headers() });
  return new Response(new Uint8Array(logo.bytes), {
    headers: {
      ...headers(),
      'content-type': `image/${logo.media}`,
      'content-disposition': 'inline',
      'cache-control': 'public, max-age=31536000, immutable',
    },
  });
};
