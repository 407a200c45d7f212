import { type NextRequest, NextResponse } from 'next/server';

/**
 * Gives every framework page its own nonce (TH25). Nothing is authorised here: every page and handler does that for
 * itself (TH17). Pages for customers and their previews, the API and callbacks set their own headers and do not
 * pass through.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const csp = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('content-security-policy', csp);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', csp);
  response.headers.set('cache-control', 'no-store');
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.set('referrer-policy', 'same-origin');
  // The playground's button hears its window, as a partner's page does.
  const opener = request.nextUrl.pathname === '/docs/embed' ? 'same-origin-allow-popups' : 'same-origin';
  response.headers.set('cross-origin-opener-policy', opener);
  response.headers.set('cross-origin-resource-policy', 'same-origin');
  response.headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=()');
  if (request.nextUrl.protocol === 'https:')
    response.headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  return response;
}

export const config = {
  matcher: [
    '/((?!api/|connect(?:/|$)|oauth(?:/|$)|console/(?:brand|invite)/preview$|_next/|browser-reports$|healthz$|readyz$|.*\\..*).*)',
  ],
};
