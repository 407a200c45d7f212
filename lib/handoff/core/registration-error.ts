/**
 * What the receiving form is known to say, what it means, and what to do then. Codes are stored with the handoff; the
 * texts come from Invantive's forum and Exact's own answers, read in November 2026.
 * `dead`: no second try can help, the token is refused for good.
 */
export const registrationErrors = [
  {
    code: 'itgenscr590',
    label: 'itgenscr590: at most one data container …',
    dead: false,
    meaning:
      'Somewhere at Invantive Cloud, perhaps in another organisation, a data container already uses this Exact user with this client ID.',
    next: 'Remove or repair the other data container and press Continue again while the values are shown. Otherwise ask the customer to connect again, if need be as another Exact user.',
    says: [/itgenscr590/, /at most one data ?container/, /maximaal een data ?container/],
  },
  {
    code: 'old_refresh_token',
    label: 'Old refresh token used',
    dead: true,
    meaning:
      'Exact Online says that another token of this Exact user and app has taken over, or that the 30 days are over.',
    next: 'Ask the customer to connect again, once, and register that.',
    says: [/old refresh token/],
  },
  {
    code: 'chain_id',
    label: 'Token is not allowed … chainId',
    dead: true,
    meaning: 'Exact Online no longer knows the chain that this token belongs to.',
    next: 'Ask the customer to connect again.',
    says: [/empty chainid/, /invalid or empty chain/],
  },
  {
    code: 'expired',
    label: 'The refresh token expired',
    dead: true,
    meaning: 'The 30 days were over when Exact Online saw the token.',
    next: 'Ask the customer to connect again, and register within the 30 days.',
    says: [/refresh token (has )?expired/],
  },
  {
    code: 'itgenoda494',
    label: 'itgenoda494: an obsoleted refresh token …',
    dead: true,
    meaning: 'The token is no longer the live one: it was used elsewhere, or the customer gave consent again since.',
    next: 'Ask the customer to connect again, once, and register that.',
    says: [/itgen(oda|eor)494/, /obsoleted refresh token/],
  },
  {
    code: 'too_early',
    label: 'Rate limit exceeded: access_token not expired',
    dead: false,
    meaning:
      'Exact Online gave out a token of this chain less than 9 minutes and 30 seconds ago. It is not refused for good.',
    next: 'Wait ten minutes and press Continue again while the values are shown. If you cannot, ask the customer to connect again.',
    says: [/access_?token not expired/, /rate limit exceeded/],
  },
  {
    code: 'app_not_allowed',
    label: 'The client is not authorized …',
    dead: false,
    meaning:
      'Exact Online does not let this app ask in this way: the app, its client ID or its secret is not as Exact knows it.',
    next: 'Compare client ID, secret and redirect URL with the app at Exact Online. If they differ, change the client registration, then ask the customer to connect again.',
    says: [
      /client is not authorized/,
      /invalid_client/,
      /redirect[ _]ur[il].{0,40}(mismatch|does not match|not match)/,
    ],
  },
  {
    code: 'replayed',
    label: 'This message has already been processed',
    dead: false,
    meaning: 'An authorisation code was used twice. The form was probably set to authorisation code instead of tokens.',
    next: 'Choose access token / refresh token in the form and press Continue again while the values are shown. Otherwise ask the customer to connect again.',
    says: [/already been processed/, /replay attack/],
  },
  {
    code: 'damaged',
    label: 'Signed data extraction has failed',
    dead: false,
    meaning: 'A token arrived damaged: a part is missing, or it was changed on the way.',
    next: 'Copy both tokens again with their buttons and press Continue again while the values are shown.',
    says: [/signed data extraction/],
  },
  {
    code: 'demo_mode',
    label: 'itgendbe003 or itgendbe004: demo mode',
    dead: false,
    meaning:
      'The database exists; its trial period at Invantive Cloud is over or nearly so. The token is not the problem.',
    next: 'Give the database a subscription at Invantive Cloud. If it answers, report that it worked.',
    says: [/itgendbe00[34]/, /itgendme00[567]/, /demo mode/],
  },
  {
    code: 'itgenoda185',
    label: 'itgenoda185: connection could not be established',
    dead: false,
    meaning: 'A wrapper around the real reason, which stands in the text that follows it.',
    next: 'Paste the text that follows, too. If it speaks of the token, ask the customer to connect again; if of the app, check the client registration.',
    says: [/itgenoda185/],
  },
  {
    code: 'other',
    label: 'Something else',
    dead: false,
    meaning: 'None of the errors we know. What you pasted is not kept here, since it may hold a secret.',
    next: 'Keep the text yourself. Check the client registration, then ask the customer to connect again.',
    says: [],
  },
] as const satisfies readonly {
  code: string;
  label: string;
  dead: boolean;
  meaning: string;
  next: string;
  says: readonly RegExp[];
}[];

export type RegistrationError = (typeof registrationErrors)[number];
export type RegistrationErrorCode = RegistrationError['code'];

/** The error of a code, or null for a code that is none of ours (the API takes any). */
export const registrationErrorOf = (code: string | null): RegistrationError | null =>
  registrationErrors.find((each) => each.code === code) ?? null;

const other = registrationErrors[registrationErrors.length - 1] as RegistrationError;
const longestRead = 20_000;

/**
 * What a pasted text of the receiving form says. The more telling error wins: a wrapper (itgenoda185, itgenoda494)
 * gives way to the inner text it carries. Text that says nothing we know is `other`; nothing of it is returned.
 */
export function readRegistrationError(text: string): RegistrationError {
  const said = text.slice(0, longestRead).toLowerCase().replace(/\s+/g, ' ');
  return registrationErrors.find(({ says }) => says.some((phrase) => phrase.test(said))) ?? other;
}

/** The outcome of a pasted text, or of what was picked from the list when the text tells nothing or is missing. */
export function errorReported(pasted: string, picked: string | null): RegistrationError {
  const read = readRegistrationError(pasted);
  return read.code === 'other' ? (registrationErrorOf(picked) ?? other) : read;
}
