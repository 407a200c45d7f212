import { z } from 'zod';
import { config } from '../config/index.ts';
import { AppError } from '../kernel/errors.ts';

export const provider = 'exact-online';

/**
 * Where a partner's customers are: the host of its own where the partner has one, else the address of this instance.
 * Links, redirect URLs and forms are made from it, so that cookies are set where they are read.
 */
export const homeOf = (host: string | null): string => (host === null ? config().publicUrl : `https://${host}`);

const callbackPath = (registrationId: string) => `/oauth/${provider}/${registrationId}/callback`;

/** Our address for a registration, printed for the partner to paste at Exact: one per registration (design §6). */
export const redirectUriOf = (registrationId: string, home: string = config().publicUrl): string =>
  `${home}${callbackPath(registrationId)}`;

/**
 * Whether Exact sends the customers of this registration to us. Derived from the address, whatever our host was when it
 * was made (design §8.12); where it is not so, the customer pastes the address they landed on.
 */
export function returnsHere({ id, redirectUri }: { id: string; redirectUri: string }): boolean {
  const { pathname, search } = new URL(redirectUri);
  return pathname === callbackPath(id) && search === '';
}

const longestUri = 2000;
const legal = /^https:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?][\w\-.~:/?[\]@!$&'()*+,;=%]*)?$/i;
const strayPercent = /%(?![0-9a-f]{2})/i;
/** What Exact adds to the address itself (RFC 6749 §4.1.2, RFC 9207): a second one of these would be ambiguous. */
const answerNames = ['code', 'state', 'error', 'error_description', 'error_uri', 'iss'];

/** What is wrong with a redirect URL somebody else owns, as a sentence; null when nothing is (RFC 6749 §3.1.2, E-1, E-11). */
export function redirectFault(text: string): string | null {
  if (text.length > longestUri) return `A redirect URL has at most ${longestUri} characters.`;
  if (!/^https:\/\//i.test(text)) return 'A redirect URL starts with https://; Exact Online takes no other.';
  if (text.includes('#')) return 'A redirect URL has no part after #.';
  if (/^https:\/\/[^/?]*@/i.test(text)) return 'A redirect URL has no user name or password in it.';
  if (!legal.test(text) || strayPercent.test(text) || !URL.canParse(text))
    return 'That is not a redirect URL; copy it from the page of your app at Exact Online, letter by letter.';
  const taken = answerNames.find((name) => new URL(text).searchParams.has(name));
  return taken ? `Exact Online adds “${taken}” to the redirect URL, so it cannot have one of its own.` : null;
}

/** A redirect URL as it was typed: kept byte for byte but for the blanks around it, since Exact compares it so (A3, RFC 9700 §2.1). */
export const RedirectUri = z
  .string()
  .trim()
  .superRefine((text, issues) => {
    const fault = redirectFault(text);
    if (fault) issues.addIssue({ code: 'custom', message: fault });
  });

/**
 * The redirect URL a registration is stored with: what was typed, or ours. An address of ours that belongs to something
 * else is refused, and so is our path on a host that is not ours. Throws invalid_request.
 */
export function redirectFor(registrationId: string, typed: string | null | undefined, home: string): string {
  const ours = redirectUriOf(registrationId, home);
  if (typed === null || typed === undefined || typed === ours) return ours;
  const { origin } = new URL(typed);
  if (origin === home || origin === config().publicUrl || returnsHere({ id: registrationId, redirectUri: typed }))
    throw new AppError(
      'invalid_request',
      'That address is ours, or looks like it. Leave the field empty to use the redirect URL shown here.',
    );
  return typed;
}
