import { messages } from '#lib/i18n/index.ts';

const { problem, fix } = messages.en;
type ProblemPage = {
  [Name in keyof typeof problem]: (typeof problem)[Name] extends string ? never : Name;
}[keyof typeof problem];
type FixPage = Exclude<
  { [Name in keyof typeof fix]: (typeof fix)[Name] extends string ? never : Name }[keyof typeof fix],
  undefined
>;
type Met = { todo: string; told: string };

/** A heading as the page has it in English, with a name in the place of yours. */
const read = (heading: string): string => heading.replaceAll(/<\/?\w+>/g, '').replaceAll('{partner}', 'Acme');

/** Pages that say what did not work: what the customer can do there, and what the partner is told. */
const problems = {
  denied: {
    todo: 'Start again, or say on our page that they do not want to connect.',
    told: 'invitation.finished, outcome denied',
  },
  declined: {
    todo: 'Connect after all: the link stays open. No reminder is sent any more.',
    told: 'invitation.finished, outcome declined; declined_at of the invitation',
  },
  code_too_old: { todo: 'Start again; it goes faster now.', told: 'invitation.finished, outcome code_too_old' },
  exchange_refused: { todo: 'Start again.', told: 'invitation.finished, outcome refused' },
  exchange_unknown: {
    todo: 'Start again.',
    told: 'invitation.finished, outcome unknown; grant.maybe_superseded for what they gave before',
  },
  not_saved: {
    todo: 'Connect again in a few minutes.',
    told: 'invitation.finished, outcome not_saved; grant.maybe_superseded for what they gave before',
  },
  provider_down: {
    todo: 'Try again in a few minutes. Where we see it beforehand, they are not sent away.',
    told: 'invitation.finished, outcome provider_down, if they had been there',
  },
  app_not_ready: {
    todo: 'Nothing: it is yours to mend. For fifteen minutes, or until you change the client registration, others are not sent away in vain.',
    told: 'registration.check_failed, and invitation.finished with outcome app_not_ready; with turned_away for who was not sent',
  },
  request_lapsed: { todo: 'Start again: a way may take 15 minutes.', told: 'nothing' },
  other_browser: { todo: 'Open the link from the message on this device.', told: 'security.other_browser' },
  other_tab: { todo: 'Go on in the newer tab, or start again here.', told: 'nothing' },
  too_large_or_odd: { todo: 'Start again from the link.', told: 'nothing' },
  page_stale: { todo: 'Open the page once more; what was chosen there was not carried out.', told: 'nothing' },
  our_side: {
    todo: 'Try again; the page then shows how things stand.',
    told: 'nothing; it is in the log of the server',
  },
  site_not_offered: { todo: 'Choose another country, or ask you.', told: 'nothing' },
  site_changed_often: { todo: 'Go on with the country chosen last, or ask you for a new link.', told: 'nothing' },
  link_lapsed: {
    todo: 'Have a new link mailed to the address you gave us, three times a day at most; or ask you. Behind a button: press it again.',
    told: 'invitation.abandoned when it lapsed; invitation.created with replaces, on the timeline, for a new one',
  },
  link_withdrawn: { todo: 'Look for a newer message, or ask you.', told: 'nothing: you took it back' },
  link_unknown: { todo: 'Open the link from the message again.', told: 'nothing' },
} as const satisfies Record<ProblemPage, Met>;

/** Pages for a consent that is sealed, and does not fit. */
const misfits = {
  wrong_user: { todo: 'Sign in as another user.', told: 'grant.parked, reason wrong_user' },
  wrong_company: {
    todo: 'Use another account; or tick the administration at Exact Online and check again.',
    told: 'grant.parked, reason wrong_company',
  },
  current_missing: {
    todo: 'Tick it at Exact Online and check again. No database can be registered without it, so it is looked at even if you expect nothing.',
    told: 'grant.parked, reason current_missing',
  },
  not_verified: { todo: 'Check again, or connect again.', told: 'grant.parked, reason not_verified' },
} as const satisfies Record<FixPage, Met>;

const pagesOf = (pages: Record<string, Met>, headings: Record<string, unknown>) =>
  Object.entries(pages).map(([name, met]) => ({
    ...{ name, ...met },
    heading: read((headings[name] as { heading: string }).heading),
  }));

export const problemPages = pagesOf(problems, problem);
export const misfitPages = pagesOf(misfits, fix);

export const onInvitation = {
  channel: 'redirect, mail or embed: who brings the link, and how long it is open (4 hours, 7 days, 30 minutes)',
  expires_in: 'another span, in seconds, up to 21 days',
  'expect.exact_user': 'whom you expect to sign in: user name or mail address at Exact Online',
  'expect.division': 'the number of the administration that has to be covered',
  choose_site: 'they choose the country, among those you have a client registration for; not behind a button',
  remind: 'false: nobody is reminded. Only what we mail has reminders',
  'customer.locale': 'the language of their pages and mails',
  'customer.email': 'where the receipt goes, and a new link for one that lapsed',
} as const;

export const lookups = {
  on: 'as it comes. The first access token is used for two or three questions, once the refresh token is sealed: who signed in, which administration is open, which are covered. Your expectation is held against the answer, and the same person’s older consents are found',
  off: 'Exact Online is asked nothing. The identity stays unknown: what you expect cannot be seen, so the consent is parked (not_verified); nobody is asked whether the account is right; older consents are in doubt (grant.maybe_superseded) instead of replaced',
} as const;

export const confirmations = {
  ask: 'as it comes. They are shown who signed in and for which companies, and asked. Silence changes nothing: what fits is sealed and can be claimed; a no parks it',
  require:
    'parked (not_confirmed) until they say yes, or a member accepts it. With the look switched off there is nothing to show, so it waits for a member',
  skip: 'not asked. On the last page they can still ask you to check first',
} as const;
