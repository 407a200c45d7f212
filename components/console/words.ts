import type { ConnectionView } from '#lib/connections/index.ts';
import { fileFormats, formatFacts } from '#lib/handoff/core/formats/catalogue.ts';
import { exactHosts, siteNames } from '#lib/handoff/core/formats/sites.ts';
import { nobodys, readCode } from '#lib/kernel/code.ts';

export { exactHosts, siteNames };

export type Status = ConnectionView['status'];
export type Tone = 'good' | 'calm' | 'warn' | 'bad' | 'quiet';

/** The words of the product for where a connection stands, and what they mean to the reader. */
export const statusWords: Record<Status, { label: string; tone: Tone; meaning: string }> = {
  invited: { label: 'Invited', tone: 'quiet', meaning: 'The customer has the link and has not connected yet.' },
  in_progress: { label: 'In progress', tone: 'calm', meaning: 'The customer is at Exact Online right now.' },
  sealed: { label: 'Sealed', tone: 'good', meaning: 'The credentials are sealed, unused and ready to register.' },
  expiring: {
    label: 'Expiring',
    tone: 'warn',
    meaning: 'The credentials are still good, but the 30 days run out soon.',
  },
  parked: { label: 'Parked', tone: 'warn', meaning: 'Something does not fit. Look at it before anything is used.' },
  claimed: { label: 'Claimed', tone: 'calm', meaning: 'A registration has been started. Nothing has left yet.' },
  handed_over: { label: 'Handed over', tone: 'warn', meaning: 'The values have left. Tell us whether it worked.' },
  registered: {
    label: 'Registered',
    tone: 'good',
    meaning: 'The database is registered. Nothing is kept here any more.',
  },
  unconfirmed: {
    label: 'Unconfirmed',
    tone: 'warn',
    meaning: 'Nobody said in time whether the registration worked. What was held here has been shredded.',
  },
  needs_consent: {
    label: 'Needs consent',
    tone: 'bad',
    meaning: 'Nothing usable is held. The customer has to connect again.',
  },
  blocked: {
    label: 'Blocked',
    tone: 'bad',
    meaning: 'Exact Online did not accept your app. Check the client registration.',
  },
};

export const siteOptions = Object.entries(siteNames).map(([value, label]) => ({ value, label }));

export const confirmationOptions = [
  { value: 'ask', label: 'Ask; silence changes nothing' },
  { value: 'require', label: 'Ask; park it until they say yes' },
  { value: 'skip', label: 'Do not ask' },
] as const;

export const parkedReasons: Record<string, string> = {
  wrong_user: 'The customer signed in to Exact Online as another user than the one you expected.',
  wrong_company: 'The administration you expected is not among those this Exact user can open.',
  current_missing:
    'The administration that is open in Exact Online was not ticked. Without it the registration fails with itgeneor321; the customer was told how to tick it.',
  not_confirmed: 'The customer has not yet said that this is the right account.',
  not_verified: 'You named an Exact user or administration, and Exact Online would not say who gave this consent.',
  customer_doubts: 'The customer said on the result page that this is not the right account or company.',
  restored: 'The database was restored from a backup, and nobody can tell whether this was used meanwhile.',
  member_doubts: 'A colleague asked to look at this first.',
};

/** Why somebody else's claim should be given back. */
export const reopenReasonWords: Record<string, string> = {
  holder_away: 'Whoever claimed it is away',
  wrong_connection: 'The wrong connection was claimed',
  system_failed: 'The system that claimed it does not work',
  other: 'Another reason',
};

export const channelNames: Record<string, string> = { mail: 'by e-mail', redirect: 'as a link', embed: 'embedded' };

/** The receiving side, as people call it. */
export const targetName = (target: string): string =>
  target === 'invantive-cloud' ? 'Invantive Cloud' : target === 'redeem' ? 'your own system' : target;

export const roleNames = { admin: 'Administrator', staff: 'Staff', auditor: 'Auditor' } as const;

/** A target by its name; the built-in ones have a name for claims and one for people. */
export const targetTitle = ({ builtIn, name }: { builtIn: boolean; name: string }): string =>
  builtIn && name === 'redeem' ? 'Plain answers' : builtIn ? targetName(name) : name;

/** Who and what a target is for, in a word and in a sentence. */
export const targetKindWords: Record<string, { label: string; hint: string }> = {
  redeem: { label: 'Your own system', hint: 'Claims and redeems with an API key.' },
  push: { label: 'Your own system, pushed', hint: 'We bring the bundle to its HTTPS endpoint, signed.' },
  assistant: { label: 'A colleague, on a screen', hint: 'Reads the values and types them into a form.' },
  file: { label: 'As a file', hint: 'Downloaded once by a colleague, or taken with an API key.' },
};

type ScopeWords = { label: string; short: string; hint: string | null; usual: boolean };
/** What an API key may do besides reading; `usual` is what the console offers first. */
export const scopeWords: Record<string, ScopeWords> = {
  invite: { label: 'Ask customers to connect', short: 'invites', hint: null, usual: true },
  handoff: { label: 'Claim, receive and confirm credentials', short: 'receives credentials', hint: null, usual: true },
  targets: {
    label: 'Make targets and recipient keys',
    short: 'makes targets and keys',
    hint: 'Whoever can receive and also say where to is trusted with everything.',
    usual: false,
  },
  sandbox: { label: 'Push the clock of a sandbox', short: 'pushes the sandbox clock', hint: null, usual: true },
};

export const scopesInWords = (scopes: readonly string[]): string =>
  ['reads', ...scopes.map((scope) => scopeWords[scope]?.short ?? scope)].join(' · ');

/** What was in the way of a push, by its code. */
export const pushProblems: Record<string, string> = {
  not_public: 'the name leads to an address that is not on the public internet',
  not_https: 'the URL is not https, and no longer exempt',
  other_port: 'the port is not 443, and no longer exempt',
  bad_certificate: 'the certificate is not one that browsers accept',
  unreachable: 'nobody answers at this address',
  approval_needed: 'a second member has to agree first',
  target_archived: 'the target was archived; cancel the claim',
  recipient_key_retired: 'the recipient key was retired; cancel the claim, and claim for a live one',
  not_redeemable: 'the customer withdrew the permission, or nothing is held any more; cancel the claim',
  no_answer: 'no whole answer came within 20 seconds and 64 kB',
  not_confirmed: 'the answer was a 2xx without the hash of the body',
  'status_…': 'the answer had this HTTP status',
};

/** The same for one push, as a sentence's end. */
export const pushProblem = (code: string): string =>
  pushProblems[code] ?? (/^status_\d{3}$/.test(code) ? `the endpoint answered HTTP ${code.slice(7)}` : code);
/** The file formats to choose from, previews marked as such, each with what is known of it. */
export const formatChoices = fileFormats.map((value) => {
  const { label, preview, confidence } = formatFacts[value];
  return { value, label: preview ? `${label} (preview)` : label, hint: confidence };
});

/** A file format by its name for people. */
export const formatName = (format: string): string =>
  formatChoices.find(({ value }) => value === format)?.label ?? format;

/** What to make of a customer's code that no connection has. */
export const codeNote = (typed: string): string =>
  readCode(typed) === readCode(nobodys.link)
    ? 'Pages show this code for a link that is not known here, or for a part of one. Copy the link from the connection’s page and send it again.'
    : 'If this is the code of a customer’s page: a try that came to nothing is kept for 30 days, and a page that could not tell whose it was has its code in the log of this server only.';
