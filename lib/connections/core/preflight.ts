import { hours } from '../../kernel/clock.ts';

/** What is known of a held consent before anybody claims it; a connection's grant view has all of it. */
export type HeldFacts = {
  custody: string;
  sealedAt: Date;
  lapsesAt: Date;
  claimableFrom: Date;
  claimableUntil: Date;
  exactUser: { userName: string; fullName: string } | null;
  divisions: readonly { code: number; name: string; current: boolean }[];
  parkedReason: string | null;
  maybeSuperseded: boolean;
  outrun: boolean;
};

/** Where else the same Exact user came in with the same client ID; `registered`: a database was made with it. */
export type Sharing = { connectionId: string; customer: string; registered: boolean; own: boolean };

export type PreflightTone = 'good' | 'warn' | 'bad';
/** One line of the list: `good` holds, `warn` cannot be promised, `bad` stops a claim. */
export type PreflightLine = { tone: PreflightTone } & (
  | { id: 'custody'; custody: string; parkedReason: string | null }
  | { id: 'window'; leftMs: number; sealedAt: Date; until: Date; lapsesAt: Date }
  | { id: 'age'; waitMs: number; from: Date }
  | { id: 'identity'; user: { userName: string; fullName: string } | null; company: string | null; more: number }
  | { id: 'newer'; newer: 'none_seen' | 'maybe' | 'outrun' | 'cannot_see' }
  | { id: 'shared'; known: boolean; others: readonly Sharing[]; total: number }
);

const soonMs = hours(24);

const custodyLine = ({ custody, parkedReason }: HeldFacts): PreflightLine => ({
  id: 'custody',
  tone: custody === 'sealed' ? 'good' : 'bad',
  custody,
  parkedReason,
});

function windowLine({ sealedAt, lapsesAt, claimableUntil }: HeldFacts, now: Date): PreflightLine {
  const leftMs = claimableUntil.getTime() - now.getTime();
  const tone = leftMs <= 0 ? 'bad' : leftMs < soonMs ? 'warn' : 'good';
  return { id: 'window', tone, leftMs, sealedAt, until: claimableUntil, lapsesAt };
}

function ageLine({ claimableFrom }: HeldFacts, now: Date): PreflightLine {
  const waitMs = Math.max(0, claimableFrom.getTime() - now.getTime());
  return { id: 'age', tone: waitMs > 0 ? 'bad' : 'good', waitMs, from: claimableFrom };
}

function identityLine({ exactUser, divisions }: HeldFacts): PreflightLine {
  const company = divisions.find(({ current }) => current) ?? divisions[0];
  return {
    id: 'identity',
    tone: exactUser && company ? 'good' : 'warn',
    user: exactUser,
    company: company ? `${company.name} (${company.code})` : null,
    more: Math.max(0, divisions.length - 1),
  };
}

function newerLine({ exactUser, maybeSuperseded, outrun }: HeldFacts): PreflightLine {
  if (maybeSuperseded || outrun) return { id: 'newer', tone: 'warn', newer: maybeSuperseded ? 'maybe' : 'outrun' };
  return exactUser
    ? { id: 'newer', tone: 'good', newer: 'none_seen' }
    : { id: 'newer', tone: 'warn', newer: 'cannot_see' };
}

function sharedLine({ exactUser }: HeldFacts, others: readonly Sharing[], total: number): PreflightLine {
  const known = exactUser !== null;
  return { id: 'shared', tone: known && total === 0 ? 'good' : 'warn', known, others, total };
}

/**
 * Everything worth knowing before a claim at `now`, worst news included, always all six lines in one order. The claim
 * itself decides again; this list is for the person who is about to make it.
 */
export function preflight(
  grant: HeldFacts,
  sharing: { others: readonly Sharing[]; total: number },
  now: Date,
): PreflightLine[] {
  return [
    custodyLine(grant),
    windowLine(grant, now),
    ageLine(grant, now),
    identityLine(grant),
    newerLine(grant),
    sharedLine(grant, sharing.others, sharing.total),
  ];
}
