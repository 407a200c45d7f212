import { z } from 'zod';
import { isShowable } from './text.ts';

/** Branding is data: words, one colour and a few choices from lists. A partner never supplies markup or CSS. */

const unshowableSentence =
  'Contains characters that cannot be shown: control or text-direction characters, or a line break.';

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'Fill this in.')
    .max(most, `At most ${most} characters.`)
    .refine(isShowable, unshowableSentence);

/** A host by name, as DNS has them: no address in numbers, no trailing dot, nothing outside ASCII (an IDN is written as xn--). */
const hostByName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function isHttpsUrl(value: string): boolean {
  if (!/^https:\/\/[!-~]+$/i.test(value) || /[\\"'<>`]/.test(value) || !URL.canParse(value)) return false;
  const { username, password, port, hostname } = new URL(value);
  return username + password + port === '' && hostByName.test(hostname);
}

/**
 * An address that customers may be led to, E-1: https, a host by name, the usual port, nobody's name or password in it. Kept
 * as a browser writes it.
 */
const httpsUrl = z
  .string()
  .trim()
  .max(500, 'At most 500 characters.')
  .refine(isHttpsUrl, 'Give a full https:// address with a host name, without a user name or port.')
  .transform((value) => new URL(value).href);

const email = z.email('That is not an e-mail address.').max(254, 'At most 254 characters.');

/** Where a logo of ours is served: the partner, what it holds, how it is written. Anything else is no logo. */
export const logoPath = /^\/brand\/(ptn_[0-9a-z]{24})\/([0-9a-f]{16})\.(png|webp)$/;
const ownLogo = z.string().regex(logoPath, 'Choose one of the logos you have uploaded.');

/** A name before a mail address: nothing that ends it, and nothing that reads as an address itself. */
const senderName = line(60).refine((value) => !/[<>@"\\]/.test(value), 'Leave out < > @ " and \\.');

export const radii = ['square', 'soft', 'round'] as const;
export const fonts = ['system', 'humanist', 'serif', 'rounded'] as const;

/** A partner's own words, per language; where one is missing, the page says it in ours or leaves the place empty. */
const words = (most: number) =>
  z.object({
    en: line(most).optional(),
    nl: line(most).optional(),
    de: line(most).optional(),
    fr: line(most).optional(),
    es: line(most).optional(),
  });

/** How long the words of a place may be, in characters. */
export const mostWords = { purpose: 200, beforeWords: 240, doneWords: 240 } as const;

export const ThemeTokens = z.object({
  displayName: line(80),
  accent: z
    .string()
    .trim()
    .regex(/^#[0-9a-f]{6}$/i, 'Give a colour as #rrggbb.')
    .transform((value) => value.toLowerCase()),
  radius: z.enum(radii, 'Choose one of the list.'),
  font: z.enum(fonts, 'Choose one of the list.'),
  logoUrl: ownLogo.nullable(),
  /** For dark screens; without one the other stands on a light tile there. */
  logoDarkUrl: ownLogo.nullable().optional(),
  /** What for, on the first page. */
  purpose: words(mostWords.purpose),
  /** Before the customer leaves for Exact Online. */
  beforeWords: words(mostWords.beforeWords).optional(),
  /** When all is done. */
  doneWords: words(mostWords.doneWords).optional(),
  supportEmail: email.nullable(),
  supportUrl: httpsUrl.nullable(),
  privacyUrl: httpsUrl.nullable(),
  termsUrl: httpsUrl.nullable(),
  /** Before our address in mails to customers; else the display name. */
  senderName: senderName.nullable().optional(),
  /** Where customers' answers to our mails go; else the support address. */
  replyTo: email.nullable().optional(),
});
export type ThemeTokens = z.infer<typeof ThemeTokens>;

const leftOut = {
  logoUrl: null,
  logoDarkUrl: null,
  purpose: {},
  beforeWords: {},
  doneWords: {},
  supportEmail: null,
  supportUrl: null,
  privacyUrl: null,
  termsUrl: null,
  senderName: null,
  replyTo: null,
} as const satisfies Partial<ThemeTokens>;

/**
 * A stored theme by the rules of today. What no longer passes (a logo at another host, from before logos were kept here) is left
 * out where a page can do without it; null when it cannot.
 */
export function storedTokens(stored: unknown): ThemeTokens | null {
  const whole = ThemeTokens.safeParse(stored);
  if (whole.success) return whole.data;
  const gone = Object.fromEntries(
    whole.error.issues.flatMap(({ path: [field] }) =>
      typeof field === 'string' && field in leftOut ? [[field, leftOut[field as keyof typeof leftOut]]] : [],
    ),
  );
  const rest = ThemeTokens.safeParse({ ...(stored as object), ...gone });
  return rest.success ? rest.data : null;
}
