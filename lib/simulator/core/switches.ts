/**
 * Behaviour that can be chosen while the simulator runs: what nobody outside Exact has seen (marked `?` on the reference
 * page), and what is real but would get in the way of most tests. The first choice is the usual one. New behaviour adds
 * a row here.
 */
export const SWITCHES = {
  wrongRedirectUri: {
    rule: 'A3',
    choices: ['page', 'redirect'],
    meaning: 'a redirect URI that is not the registered one',
  },
  httpsOnLoopback: {
    rule: 'A4',
    choices: [false, true],
    meaning: 'redirect URIs on the local machine must be https too',
  },
  localhostAtRegistration: {
    rule: 'A5',
    choices: ['allowed', 'refused'],
    meaning: 'registering an app that returns to this machine',
  },
  signInHost: {
    rule: 'A7',
    choices: ['same', 'other'],
    meaning: 'people sign in on the host that was asked, or on login.localhost',
  },
  denial: { rule: 'A11', choices: ['redirect', 'nothing'], meaning: 'what the app hears when the user denies' },
  notCleared: {
    rule: 'A12',
    choices: ['page', 'redirect'],
    meaning: 'an outside user at an app that is not cleared for them',
  },
  expiredCode: {
    rule: 'T3',
    choices: ['dated', 'bare', 'invalid_grant'],
    meaning: 'the answer to a code older than three minutes',
  },
  wrongRedirectAtToken: {
    rule: 'T6',
    choices: ['invalid_request', 'invalid_grant'],
    meaning: 'another redirect URI at the code exchange',
  },
  failedExchangeSpends: {
    rule: 'T7',
    choices: [true, false],
    meaning: 'an exchange refused for its credentials or redirect URI spends the code',
  },
  foreignToken: {
    rule: 'T9',
    choices: ['invalid_client', 'invalid_grant'],
    meaning: 'a token presented by another client',
  },
  tooEarlyAfterExchange: {
    rule: 'T11',
    choices: [true, false],
    meaning: 'the 570 s also count from the code exchange',
  },
  tooEarlyRotates: {
    rule: 'T12',
    choices: [false, true],
    meaning: 'a refresh refused for being too early hands out a new token',
  },
  withdrawn: {
    rule: 'T17',
    choices: ['invalid_grant', 'unauthorized_client'],
    meaning: 'a refresh after the user withdrew the app',
  },
  userGone: { rule: 'T18', choices: [400, 403], meaning: 'status of a refresh after the user was deleted or blocked' },
  maintenance: {
    rule: 'T19',
    choices: ['off', 'nightly', 'now'],
    meaning: 'closed from 04:00 to 04:30 Amsterdam time, or closed at once',
  },
  maintenanceAnswer: { rule: 'T19', choices: ['503', '504', 'html', 'empty'], meaning: 'what is said meanwhile' },
  tokenCallCap: { rule: 'T20', choices: [false, true], meaning: '200 token calls per client, user and day' },
  currentDivisionInScope: {
    rule: 'R6',
    choices: [false, true],
    meaning: 'listing companies fails when the open one was not granted',
  },
  rateLimits: {
    rule: 'R8',
    choices: [true, false],
    meaning: '60 API calls a minute and 5,000 a day per app and company',
  },
  errorBlock: {
    rule: 'R9',
    choices: [false, true],
    meaning: 'ten errors on one endpoint within an hour block it for an hour',
  },
} as const satisfies Record<string, Row>;

type Choice = boolean | number | string;
type Row = { readonly rule: string; readonly choices: readonly [Choice, ...Choice[]]; readonly meaning: string };

export type SwitchName = keyof typeof SWITCHES;
export type Switches = { [Name in SwitchName]: (typeof SWITCHES)[Name]['choices'][number] };

export function usualSwitches(): Switches {
  return Object.fromEntries(Object.entries(SWITCHES).map(([name, { choices }]) => [name, choices[0]])) as Switches;
}
