import { type Consent, giveConsent } from './authorize.ts';
import { endAccess } from './endings.ts';
import type { Changes, Ending, LedgerView, SetPersona, User } from './ledger.ts';
import { clientNow, pairOf } from './ledger.ts';
import type { Minted } from './token-verdict.ts';

/*
 * What people do at a consent page besides agreeing. A persona is picked for one visit, or set in advance by a test; an
 * app never learns of it, only of its consequences. A new one is a row here.
 */

const A_DAY_MS = 86_400_000;

type Step = (ledger: LedgerView, consent: Consent) => Changes;

type Persona = {
  readonly title: string;
  readonly sentence: string;
  /** Deny is what happens, whatever is pressed. */
  readonly denies?: true;
  /** After Allow nothing goes back. */
  readonly closesTab?: true;
  /** Signs in as another person than the one chosen. */
  readonly someoneElse?: true;
  /** Counts as somebody from outside the company that owns the app (A12). */
  readonly outsider?: true;
  readonly forgetsCurrent?: true;
  readonly codeAgeSeconds?: number;
  /** What Allow leaves behind, in order; left out, the consent itself and nothing else. */
  readonly leaves?: (itself: Step) => readonly Step[];
};

const TABLE = {
  agrees: { title: 'Agrees', sentence: 'What they press is what happens.' },
  denies: { title: 'Denies', sentence: 'Deny is what happens, whatever they press.', denies: true },
  closes_tab: {
    title: 'Closes the tab',
    sentence: 'After Allow nothing reaches the app: no redirect and no code.',
    closesTab: true,
  },
  someone_else: {
    title: 'Is someone else',
    sentence: 'Consents as another person than the one chosen at sign-in.',
    someoneElse: true,
  },
  forgets_current: {
    title: 'Forgets the open company',
    sentence: 'Allows, but the company open in their session is not granted, ticked or not.',
    forgetsCurrent: true,
  },
  consents_twice: {
    title: 'Consents twice, older code arrives',
    sentence: 'A second consent overtakes the first in another window, and the app gets the code of the first.',
    leaves: (itself) => [itself, consentElsewhere],
  },
  consents_twice_newer: {
    title: 'Consents twice, newer code arrives',
    sentence: 'A first consent went through in another window, and the app gets the code of the second.',
    leaves: (itself) => [consentElsewhere, itself],
  },
  takes_four_minutes: {
    title: 'Takes four minutes',
    sentence: 'The code is 240 seconds old when it reaches the app, and has expired on the way.',
    codeAgeSeconds: 240,
  },
  not_cleared: {
    title: 'Is an outsider',
    sentence: 'The app counts as not cleared for this person, so they never see the consent page.',
    outsider: true,
  },
  withdraws_later: {
    title: 'Withdraws a day later',
    sentence: 'Agrees, and takes it back one day later on the app’s clock.',
    leaves: (itself) => [itself, endsInADay('withdrawn')],
  },
  user_deleted: {
    title: 'Is deleted a day later',
    sentence: 'Agrees, and is deleted as a user one day later on the app’s clock.',
    leaves: (itself) => [itself, endsInADay('user_gone')],
  },
} as const satisfies Record<string, Persona>;

export type PersonaId = keyof typeof TABLE;

export const PERSONAS: Readonly<Record<PersonaId, Persona>> = TABLE;
export const PERSONA_IDS = Object.keys(TABLE) as PersonaId[];

/** How one visit goes, and whether a test decided that beforehand. */
export type Behaviour = { readonly id: PersonaId; readonly setInAdvance: boolean };

/** A persona set in advance wins over what was picked; a visit that names none agrees. */
export function behaviourOf(ledger: LedgerView, clientId: string, picked: string | null): Behaviour {
  const set = ledger.personas.get(clientId);
  if (set !== undefined) return { id: set.persona, setInAdvance: true };
  return { id: PERSONA_IDS.find((id) => id === picked) ?? 'agrees', setInAdvance: false };
}

/** What is left of a persona set in advance after one more consent; null when that was the last. */
export function afterOneConsent(set: SetPersona): SetPersona | null {
  if (set.times === null) return set;
  return set.times > 1 ? { ...set, times: set.times - 1 } : null;
}

/** Whoever consents. `someone_else` is always the same other person: the next one by user id. */
export function personConsenting(ledger: LedgerView, persona: Persona, signedIn: User): User {
  if (!persona.someoneElse) return signedIn;
  const others = [...ledger.users.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return others.find((user) => user.id > signedIn.id) ?? others[0] ?? signedIn;
}

/** The companies that are granted when these were ticked. */
export function divisionsGranted(persona: Persona, user: User, ticked: readonly number[]): readonly number[] {
  if (!persona.forgetsCurrent) return ticked;
  const current = user.divisions.find((division) => division.current) ?? user.divisions[0];
  return ticked.filter((code) => code !== current?.code);
}

/** What pressing Allow leaves behind. Each step has to see what the ones before it recorded. */
export function consentSteps(persona: Persona, code: Minted): readonly Step[] {
  const { codeAgeSeconds = 0, leaves = (itself) => [itself] } = persona;
  return leaves((ledger, consent) => giveConsent(ledger, { ...consent, code, codeAgeSeconds }));
}

/** T15: a consent in another window of the app, which exchanged its code there; nobody here holds its tokens. */
function consentElsewhere(ledger: LedgerView, { client, user }: Consent): Changes {
  const pair = pairOf(ledger, { site: client.site, clientId: client.clientId, userId: user.id });
  const consents = pair.consents + 1;
  return { pairs: [{ ...pair, consents, newestExchanged: consents }] };
}

/** T17, T18. */
function endsInADay(kind: Ending['kind']): Step {
  return (ledger, { client, user, realNow }) => {
    const at = clientNow(ledger, client.clientId, realNow) + A_DAY_MS;
    return endAccess(ledger, { site: client.site, clientId: client.clientId, userId: user.id }, { kind, at });
  };
}
