import { randomBytes } from 'node:crypto';
import type { Site } from '../core/vocabulary.ts';
import type { Answer } from '../http.ts';
import { html, Markup } from './html.ts';
import { STYLE } from './style.ts';

const SITE_NAMES: Record<Site, string> = {
  nl: 'Netherlands',
  be: 'Belgium',
  de: 'Germany',
  fr: 'France',
  es: 'Spain',
  uk: 'United Kingdom',
  us: 'United States',
};

type Page = {
  readonly site: Site;
  readonly status?: number;
  readonly title: string;
  /** The sentence beside the form on wide screens. */
  readonly pitch: string;
  readonly main: Markup;
};

export function renderPage({ site, status = 200, title, pitch, main }: Page): Answer {
  const body = html`<main>
<div class="sheet">
<div class="aside">
<p class="product">${MARK}<span>Exact Online simulator</span><span class="site" title="${SITE_NAMES[site]}">${site}</span></p>
<p class="pitch">${pitch}</p>
<p class="fact">The people and companies here are made up.</p>
</div>
<div class="inner">
${main}
</div>
</div>
</main>`;
  return renderDocument({ status, title, style: STYLE, body });
}

type Document = { readonly status: number; readonly title: string; readonly style: string; readonly body: Markup };

/**
 * No `form-action` in the policy: Chromium checks it against every redirect that follows a form, and the consent form
 * ends at the client's redirect URI, wherever that leads next.
 */
export function renderDocument({ status, title, style, body }: Document): Answer {
  const nonce = randomBytes(16).toString('base64');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} – Simulated Exact Online</title>
<style nonce="${nonce}">${new Markup(style)}</style>
</head>
<body>
<header class="banner"><span>Simulated Exact Online</span> — <span>no real bookkeeping behind it</span></header>
${body}
</body>
</html>
`;
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
    },
    body: page.toString(),
  };
}

/** So many choices can be seen at a glance; more of them scroll in a frame of their own. */
export const AT_A_GLANCE = 12;

export function choicesClass(choices: readonly unknown[]): string {
  return choices.length > AT_A_GLANCE ? 'choices many' : 'choices';
}

/** By character rather than by code unit, so that an emoji is not cut in half. */
export function initials(fullName: string): string {
  const words = fullName.split(' ').filter((word) => word !== '');
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word = '') => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}

/** A ledger page with a play mark: bookkeeping, played. Deliberately nothing like Exact's own mark. */
export const MARK = new Markup(
  '<svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true"><rect x="3" y="2" width="22" height="24" rx="5" fill="#fff"/>' +
    '<path d="M8 9h12M8 14h5M8 19h4" stroke="#14506e" stroke-width="2" stroke-linecap="round"/>' +
    '<path d="M16 13.5v7l5.5-3.5z" fill="#e0a800"/></svg>',
);
