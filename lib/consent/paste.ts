import { config } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import { isAtProvider } from '../providers/index.ts';
import { type CallbackAnswer, handleCallback } from './callback.ts';
import type { Visit } from './visit.ts';

/** What can be wrong with a pasted text, each with a sentence of its own. Nothing was spent with any of them. */
export const pasteFaults = [
  'empty',
  'too_long',
  'no_address',
  'our_link', //       an address of ours, such as the invitation
  'not_there_yet', //  a page of the provider's: the customer has not been sent on
  'other_address',
  'incomplete', //     the right page, without what the provider adds to its address
  'other_request', //  somebody else's answer, or one of a trip nobody knows
] as const;
export type PasteFault = (typeof pasteFaults)[number];

const longestPasted = 12_000;
/** What programs put around an address when it is copied, and the blanks and breaks they put in: no address has any. */
const quotes = new Set('"\'`“”„‘’‚«»‹›<>');
const blanks = /[\s\p{Cc}\p{Cf}]+/gu;

function bare(text: string): string {
  const inner = text.replace(blanks, '');
  let [start, end] = [0, inner.length];
  while (start < end && quotes.has(inner.charAt(start))) start += 1;
  while (end > start && quotes.has(inner.charAt(end - 1))) end -= 1;
  return inner.slice(start, end);
}

/** Whether a page is the one the provider sends to: the browser may have written its address in its own way meanwhile. */
function isLanding(url: URL, landing: URL): boolean {
  const samePage = url.pathname === landing.pathname || url.pathname === `${landing.pathname}/`;
  return url.origin === landing.origin && samePage && url.search.startsWith(landing.search);
}

function faultOf(url: URL, homes: readonly string[]): PasteFault {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'no_address';
  if (homes.includes(url.origin)) return 'our_link';
  return isAtProvider(url) ? 'not_there_yet' : 'other_address';
}

type Place = { redirectUri: string; homes: readonly string[] };

/**
 * Reads the parameters out of a pasted address, decoded once as a callback's are (Exact's `!` travels as `%21`), or out of
 * its end alone, from the question mark on. Where the text is something else, says what.
 */
export function readPasted(text: string, { redirectUri, homes }: Place): URLSearchParams | PasteFault {
  if (text.length > longestPasted) return 'too_long';
  const address = bare(text);
  if (address === '') return 'empty';
  const landing = new URL(redirectUri);
  const whole = wholeAddress(address, landing);
  if (!URL.canParse(whole)) return 'no_address';
  const url = new URL(whole);
  if (!isLanding(url, landing)) return faultOf(url, homes);
  const { searchParams: params } = url;
  return params.has('state') && (params.has('code') || params.has('error')) ? params : 'incomplete';
}

/** The address that was meant: only its end may have been copied, and some browsers leave the scheme out. */
function wholeAddress(address: string, landing: URL): string {
  const end = /^[?&]?((?:code|state|error)=.*)$/.exec(address)?.[1];
  if (end !== undefined) return `${landing.origin}${landing.pathname}${landing.search || '?'}&${end}`;
  const { host } = landing;
  return ['/', '?'].includes(address.charAt(host.length)) && address.toLowerCase().startsWith(host)
    ? `https://${address}`
    : address;
}

export type PasteAnswer =
  | Exclude<CallbackAnswer, { kind: 'no_request' | 'malformed' }>
  | { kind: 'unfit'; why: PasteFault };

/**
 * A customer brought the address they landed on, for registrations whose redirect URL is not ours. From here on it is a
 * callback like any other, except that it is taken for this invitation alone. The text goes nowhere but there.
 */
export async function pasteBack(visit: Visit, text: string, browserSecret: string | null): Promise<PasteAnswer> {
  const { registration, partner, invitation } = visit;
  const homes = [config().publicUrl, partner.home];
  const params = readPasted(text, { redirectUri: registration.redirectUri, homes });
  if (typeof params === 'string') return { kind: 'unfit', why: params };
  const answer = await handleCallback({
    ...{ registrationId: registration.id, providerSlug: registration.provider, invitationId: invitation.id },
    ...{ params, browserSecret },
  });
  if (answer.kind === 'no_request') return { kind: 'unfit', why: 'other_request' };
  return answer.kind === 'malformed' ? { kind: 'unfit', why: 'incomplete' } : answer;
}

/** Whether someone left for the provider by this invitation and may still come back with an answer. */
export async function awaitsAnswer({ ctx, invitation }: Visit): Promise<boolean> {
  const open = { answeredAt: null, expiresAt: { gt: ctx.clock.now() } };
  const where = { partnerId: ctx.partnerId, invitationId: invitation.id, ...open };
  return (await inTenant(ctx.partnerId, (tx) => tx.authorizationRequest.count({ where }))) > 0;
}
