import { z } from 'zod';
import { readLimited } from '../kernel/body.ts';
import { AppError } from '../kernel/errors.ts';
import { boundedLog } from '../log/bounded.ts';

/** What is kept of a report: a word of each of three closed lists. */
export type Refused = {
  directive: (typeof directives)[number] | 'unlisted';
  refused: 'inline' | 'eval' | 'data' | 'same-origin' | 'other-origin' | 'unknown';
  page: (typeof pages)[number] | 'home' | 'other';
};

/** CSP Level 3 §6, and those of the specifications that add to it. */
const directives = [
  'base-uri',
  'child-src',
  'connect-src',
  'default-src',
  'font-src',
  'form-action',
  'frame-ancestors',
  'frame-src',
  'img-src',
  'manifest-src',
  'media-src',
  'object-src',
  'sandbox',
  'script-src',
  'script-src-attr',
  'script-src-elem',
  'style-src',
  'style-src-attr',
  'style-src-elem',
  'trusted-types',
  'require-trusted-types-for',
  'webrtc',
  'worker-src',
] as const;

/** First segments of the addresses that answer with a page. */
const pages = ['connect', 'console', 'demo', 'docs', 'oauth', 'sign-in'] as const;

const address = z.string().nullish();

/** Reporting API: one entry. What else it holds (the policy, a sample, who sent it from where) is not looked at. */
const entry = z.object({
  type: z.literal('csp-violation'),
  body: z.object({ effectiveDirective: z.string(), documentURL: address, blockedURL: address }),
});
const mostReports = 20;
const batch = z.array(entry).min(1).max(mostReports);

/** CSP Level 2, which every browser still sends for `report-uri`; older ones name the directive with its values. */
const single = z.object({
  'csp-report': z
    .object({
      'effective-directive': z.string().optional(),
      'violated-directive': z.string().optional(),
      'document-uri': address,
      'blocked-uri': address,
    })
    .refine((report) => report['effective-directive'] ?? report['violated-directive']),
});

const directiveOf = (named: string): Refused['directive'] => {
  const word = named.split(' ')[0];
  return directives.find((directive) => directive === word) ?? 'unlisted';
};

const urlOf = (text: string | null | undefined) => (text && URL.canParse(text) ? new URL(text) : null);

function pageOf(page: URL | null): Refused['page'] {
  if (!page || !/^https?:$/.test(page.protocol)) return 'other';
  const first = page.pathname.split('/')[1];
  return first === '' ? 'home' : (pages.find((known) => known === first) ?? 'other');
}

/** Of what was refused, where it stands to the page. A browser may tell a word or a scheme in place of an address. */
function refusedOf(blocked: string | null | undefined, page: URL | null): Refused['refused'] {
  if (blocked === 'inline') return 'inline';
  if (blocked === 'eval' || blocked === 'wasm-eval') return 'eval';
  if (blocked === 'data' || blocked?.startsWith('data:')) return 'data';
  const url = urlOf(blocked);
  if (!url || !page) return 'unknown';
  return url.origin !== 'null' && url.origin === page.origin ? 'same-origin' : 'other-origin';
}

const kept = (directive: string, document: string | null | undefined, blocked: string | null | undefined): Refused => {
  const page = urlOf(document);
  return { directive: directiveOf(directive), refused: refusedOf(blocked, page), page: pageOf(page) };
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const readers: Record<string, (value: unknown) => Refused[] | null> = {
  'application/reports+json': (value) => {
    const { data } = batch.safeParse(value);
    return data?.map(({ body }) => kept(body.effectiveDirective, body.documentURL, body.blockedURL)) ?? null;
  },
  'application/csp-report': (value) => {
    const report = single.safeParse(value).data?.['csp-report'];
    if (!report) return null;
    const directive = report['effective-directive'] ?? report['violated-directive'] ?? '';
    return [kept(directive, report['document-uri'], report['blocked-uri'])];
  },
};

/** Reads what a browser posted, or says with which status it is refused. */
export function readReports(contentType: string | null, text: string): Refused[] | 400 | 415 {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (!read) return 415;
  return read(parsed(text)) ?? 400;
}

const limitBytes = 8 * 1024;
const linesAMinute = 30;
const keep = boundedLog(linesAMinute, 'a browser refused what a policy of ours does not allow');

/**
 * Takes what browsers report of our policies (B-2), from anybody: nothing is authorised or stored by it, and what is
 * kept is a bounded number of log lines without a word of what was sent. Addresses hold link tokens and codes (TH4).
 */
export async function takeReports(request: Request): Promise<204 | 400 | 413 | 415> {
  const text = await readLimited(request, limitBytes).catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });
  if (text instanceof AppError) return text.code === 'too_large' ? 413 : 400;
  const reports = readReports(request.headers.get('content-type'), text);
  if (!Array.isArray(reports)) return reports;
  reports.forEach(keep);
  return 204;
}
