/** What the receiving side is known to say, what it means, and what to do then. Codes are stored with the handoff. */
export const refusals = [
  {
    code: 'itgenscr590',
    label: 'itgenscr590: at most one data container …',
    meaning:
      'Somewhere at Invantive Cloud, perhaps in another organisation, a data container already uses this Exact user with this client ID.',
    next: 'Remove or repair the other data container. Then ask the customer to connect again, if need be with another Exact user.',
  },
  {
    code: 'itgenoda494',
    label: 'itgenoda494: an obsoleted refresh token …',
    meaning: 'The token is no longer the live one: it was used elsewhere, or the customer gave consent again since.',
    next: 'Ask the customer to connect again, once, and register that.',
  },
  {
    code: 'itgenoda185',
    label: 'itgenoda185: connection could not be established',
    meaning: 'A wrapper around the real reason, which stands in the text that follows it.',
    next: 'Read the inner text. If it speaks of the token, ask the customer to connect again; if of the app, check the client registration.',
  },
  {
    code: 'old_refresh_token',
    label: 'Old refresh token used',
    meaning: 'Exact Online says that another token of this Exact user and app has taken over.',
    next: 'Ask the customer to connect again.',
  },
  {
    code: 'chain_id',
    label: 'Token is not allowed … chainId',
    meaning: 'Exact Online no longer knows the chain that this token belongs to.',
    next: 'Ask the customer to connect again.',
  },
  {
    code: 'expired',
    label: 'The refresh token expired',
    meaning: 'The 30 days were over when Exact Online saw the token.',
    next: 'Ask the customer to connect again, and register within the 30 days.',
  },
  {
    code: 'other',
    label: 'Something else',
    meaning: 'None of the errors we know.',
    next: 'Keep the text of the error. Check the client registration, then ask the customer to connect again.',
  },
] as const;
export type RefusalCode = (typeof refusals)[number]['code'];
export const refusalOf = (code: string | null) => refusals.find((each) => each.code === code) ?? null;
