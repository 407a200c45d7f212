import { randomBytes } from 'node:crypto';

/** The prefixes of design §2; an id of one kind never passes for another. */
export const prefixes = {
  partner: 'ptn',
  member: 'mbr',
  customer: 'cus',
  clientRegistration: 'clr',
  invitation: 'inv',
  authorizationRequest: 'arq',
  connection: 'con',
  grant: 'grt',
  handoff: 'hof',
  target: 'tgt',
  recipientKey: 'rky',
  embedOrigin: 'ori',
  pushSecret: 'psc',
  bulkClaim: 'bcl',
  apiKey: 'key',
  partnerKey: 'pky',
  opening: 'opn',
  renewal: 'rnw',
  answer: 'ans',
  event: 'evt',
  audit: 'aud',
} as const;
export type IdKind = keyof typeof prefixes;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford's base 32: no i, l, o, u to misread aloud
const bodyLength = 24; // 120 bits

function randomBody(length: number): string {
  let body = '';
  for (const byte of randomBytes(length)) body += alphabet.charAt(byte & 31);
  return body;
}

/** A new random id such as `con_3k…`: 120 bits, so ids can be neither guessed nor counted. */
export function newId(kind: IdKind): string {
  return `${prefixes[kind]}_${randomBody(bodyLength)}`;
}

/** Whether the text has the form of an id of this kind. */
export function isId(kind: IdKind, text: string): boolean {
  return new RegExp(`^${prefixes[kind]}_[${alphabet}]{${bodyLength}}$`).test(text);
}

/** Bearer texts that name their tenant in the clear, so no look-up ever runs without one (design §6). */
export const tokenKinds = { apiKey: 'wxk', invitation: 'wxi', access: 'wxa', state: 'wxs' } as const;
export type TokenKind = keyof typeof tokenKinds;

/** A new bearer text `<kind>_<partner>_<secret>`; the secret has 160 bits. */
export function newToken(kind: TokenKind, partnerId: string): string {
  return `${tokenKinds[kind]}_${partnerId.slice(4)}_${randomBody(32)}`;
}

const tokenForm = new RegExp(`^(wx[kias])_([${alphabet}]{${bodyLength}})_[${alphabet}]{32}$`);

/** The partner a bearer text names, or null when it is not one of this kind. Says nothing about its being valid. */
export function partnerOfToken(kind: TokenKind, token: string): string | null {
  const match = tokenForm.exec(token);
  return match?.[1] === tokenKinds[kind] ? `${prefixes.partner}_${match[2]}` : null;
}
