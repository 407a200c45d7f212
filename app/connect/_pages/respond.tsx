import { randomBytes } from 'node:crypto';
import type { ReactNode } from 'react';
import { CustomerDocument } from '#components/customer/document.tsx';
import { Problem, type ProblemKind, type ProblemProps } from '#components/customer/problem.tsx';
import { renderCustomerPage } from '#components/customer/render.ts';
import type { Telling } from '#components/customer/tell.tsx';
import { type ScreenName, titleOf } from '#components/customer/titles.ts';
import { houseTheme, type ResolvedTheme, resolveTheme, storedTokens } from '#lib/branding/index.ts';
import { pageHeaders } from '#lib/browser/index.ts';
import { config } from '#lib/config/index.ts';
import type { Visit } from '#lib/consent/index.ts';
import { isLocale, type Locale, localeNames, locales, pickLocale } from '#lib/i18n/index.ts';
import { codeOf, nobodys } from '#lib/kernel/code.ts';
import { standInOrigins } from '#lib/providers/index.ts';

/** What every screen of a request shares: language, brand and where the language switch leads. */
export type Scene = { locale: Locale; theme: ResolvedTheme; path: string; search: URLSearchParams; demo: boolean };

/** A stored theme that no longer passes its own rules falls back to ours rather than to unchecked values. */
export function themeOf(stored: unknown): ResolvedTheme {
  const tokens = storedTokens(stored);
  return tokens ? resolveTheme(tokens) : houseTheme;
}

export function sceneOf(
  request: Request,
  visit: (Pick<Visit, 'partner'> & Partial<Pick<Visit, 'invitation' | 'registration'>>) | null,
  form?: URLSearchParams,
): Scene {
  const url = new URL(request.url);
  // An answer to a form cannot be asked for again: from there the switch leads to the link's own page.
  const posted = request.method === 'POST';
  return {
    locale: pickLocale({
      explicit: form?.get('lang') ?? url.searchParams.get('lang'),
      invitation: visit?.invitation?.locale,
      acceptLanguage: request.headers.get('accept-language'),
      site: visit?.registration?.site,
    }),
    theme: visit ? themeOf(visit.partner.theme) : houseTheme,
    path: posted ? url.pathname.split('/').slice(0, 3).join('/') : url.pathname,
    search: posted ? new URLSearchParams() : url.searchParams,
    demo: visit?.partner.sandbox ?? config().demo,
  };
}

/** An address of ours in the language that a form or an address asked for, if it did. */
export function keepLanguage(path: string, asked: URLSearchParams): string {
  const lang = asked.get('lang');
  return isLocale(lang) ? `${path}${path.includes('?') ? '&' : '?'}lang=${lang}` : path;
}

function languagesOf(scene: Scene) {
  return locales.map((locale) => {
    const search = new URLSearchParams(scene.search);
    search.set('lang', locale);
    return { locale, label: localeNames[locale], href: `${scene.path}?${search}`, current: locale === scene.locale };
  });
}

type PageOptions = {
  status?: number /** The page whose form leads to the provider: the policy covers the whole redirect chain (design §8.4). */;
  leaving?: boolean;
  telling?: Telling | null;
  /** Says whether the page is asked for again, once there is more to tell; ends early when the reader is gone. */
  follow?: Follow;
};
type Follow = (gone: AbortSignal) => Promise<boolean>;

const documentEnd = '</body></html>';

/**
 * A page that is seen at once and moves on by itself, without a script: its last line comes when there is more to tell, and asks for
 * the page again. Nothing is timed, so nobody is hurried (WCAG 2.2.1, technique H76: an immediate refresh is a redirect).
 */
function followed(html: string, follow: Follow): ReadableStream<Uint8Array> {
  const [reader, text] = [new AbortController(), new TextEncoder()];
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(text.encode(html.slice(0, -documentEnd.length)));
      const more = await follow(reader.signal).catch(() => false);
      if (reader.signal.aborted) return;
      controller.enqueue(text.encode(`${more ? '<meta http-equiv="refresh" content="0">' : ''}${documentEnd}`));
      controller.close();
    },
    cancel: () => reader.abort(),
  });
}

/**
 * A customer's page: one style element under a fresh nonce, nothing else loaded but the logo. No script, except on a page
 * that tells its opener; its policy then allows that one element.
 */
export async function page(
  scene: Scene,
  screen: ScreenName,
  children: ReactNode,
  { status = 200, leaving = false, telling = null, follow }: PageOptions = {},
): Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  const away = leaving ? ` https: ${standInOrigins().join(' ')}` : '';
  const html = await renderCustomerPage(
    <CustomerDocument
      lang={scene.locale}
      title={titleOf(screen, scene)}
      nonce={nonce}
      theme={scene.theme}
      languages={languagesOf(scene)}
      demo={scene.demo}
      telling={telling}
    >
      {children}
    </CustomerDocument>,
  );
  const script = telling ? ` script-src 'nonce-${nonce}';` : '';
  const csp = `default-src 'none';${script} style-src 'nonce-${nonce}'; img-src 'self'; base-uri 'none'; form-action 'self'${away.trimEnd()}; frame-ancestors 'none'`;
  return new Response(follow ? followed(html, follow) : html, {
    status,
    headers: {
      ...(follow ? { 'x-accel-buffering': 'no' } : {}), // a proxy in front passes it on as it comes
      'content-type': 'text/html; charset=utf-8',
      'content-language': scene.locale,
      ...pageHeaders({ csp, opener: 'unsafe-none' }),
    },
  });
}

const statusOfProblem: Partial<Record<ProblemKind, number>> = {
  link_unknown: 404,
  link_lapsed: 410,
  link_withdrawn: 410,
  other_browser: 403,
  too_large_or_odd: 400,
  page_stale: 400,
  site_not_offered: 400,
  site_changed_often: 400,
  our_side: 503,
  provider_down: 503,
  not_saved: 503,
};

/** A screen that says what happened, what to do now, who can help, and a short code to quote: by `reference`, the id of what it is about. */
export function problem(
  scene: Scene,
  kind: ProblemKind,
  reference: string,
  retry: ProblemProps['retry'],
  { telling = null, leaving = false, ...more }: ProblemOptions = {},
): Promise<Response> {
  return page(
    scene,
    'problem',
    <Problem locale={scene.locale} theme={scene.theme} kind={kind} code={codeOf(reference)} retry={retry} {...more} />,
    { status: statusOfProblem[kind] ?? 200, telling, leaving },
  );
}

type ProblemOptions = Pick<PageOptions, 'telling' | 'leaving'> &
  Pick<ProblemProps, 'decline' | 'earlierHref' | 'returnUrl' | 'unnamed' | 'wayOn'>;

/** By this cookie the browser that comes back proves to be the one that left (TH5). */
export const browserCookie = 'waxseal-browser';

/** The answer to a link that is unknown, guessed or of another kind: always the same page. */
export const unknownLink = (request: Request): Promise<Response> =>
  problem(sceneOf(request, null), 'link_unknown', nobodys.link, null);
