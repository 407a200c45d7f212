import type { ConnectionView } from '#lib/connections/index.ts';
import { fileFormats, formatFacts } from '#lib/handoff/core/formats/catalogue.ts';
import { exactHosts, siteNames } from '#lib/handoff/core/formats/sites.ts';

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

export const parkedReasons: Record<string, string> = {
  wrong_user: 'The customer signed in to Exact Online as another user than the one you expected.',
  wrong_company: 'The administration you expected is not among those this Exact user can open.',
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
  assistant: { label: 'A colleague, on a screen', hint: 'Reads the values and types them into a form.' },
  file: { label: 'As a file', hint: 'Downloaded once by a colleague, or taken with an API key.' },
};

/** The file formats to choose from, previews marked as such, each with what is known of it. */
export const formatChoices = fileFormats.map((value) => {
  const { label, preview, confidence } = formatFacts[value];
  return { value, label: preview ? `${label} (preview)` : label, hint: confidence };
});

/** A file format by its name for people. */
export const formatName = (format: string): string =>
  formatChoices.find(({ value }) => value === format)?.label ?? format;
