import { randomBytes } from 'node:crypto';
import type { ReactElement } from 'react';
import { renderCustomerPage } from '#components/customer/render.ts';
import { pageHeaders } from '#lib/browser/index.ts';

/** A page that shows what customers would see: drawn without the framework, as theirs are, under a policy as narrow. */
export async function sheet(draw: (nonce: string) => ReactElement): Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  const csp = `default-src 'none'; style-src 'nonce-${nonce}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  return new Response(await renderCustomerPage(draw(nonce)), {
    headers: { ...pageHeaders({ csp, opener: 'same-origin' }), 'content-type': 'text/html; charset=utf-8' },
  });
}
