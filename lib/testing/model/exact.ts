import type { InboundResponse } from '../../http/index.ts';
import { readRefresh } from '../../providers/index.ts';
import { endAccess } from '../../simulator/core/endings.ts';
import { record } from '../../simulator/core/ledger.ts';
import { type Policy, stillAnswers } from '../../simulator/core/policy.ts';
import { APP, JAN, paperProvider } from '../../simulator/testing/paper-provider.ts';

export const faults = ['unsent', 'lost_before', 'lost_after', 'cut_early', 'cut_late', 'busy', 'page_after'] as const;
export type FaultKind = (typeof faults)[number];

/** What came of a presentation; `response` is what arrived of the answer. */
export type Came = { kind: 'unsent' | 'answered' | 'unknown'; response: InboundResponse | null };
export type Issue = { chain: string; at: number; by: 'consent' | 'house' | 'foreign' | 'recipient'; token: string };

const tokenOf = (body: string): string | null =>
  (/"refresh_token":"([^"]+)"/.exec(body) as [string, string] | null)?.[1] ?? null;
const answered = (status: number, body: string): InboundResponse => ({
  status,
  body,
  headers: { 'content-type': 'application/json' },
});

/**
 * Exact Online on paper: the simulator's own rules, faults on the way, and a note of every token it ever issued. `mark`
 * is part of each.
 */
export function paperExact(policy: Policy, mark = '') {
  const paper = paperProvider(policy, mark);
  const { ledger } = paper;
  const issues: Issue[] = [];
  let withdrawn = false;
  let planned: { kind: FaultKind; times: number } = { kind: 'busy', times: 0 };

  const chainOf = (token: string): string => ledger.refreshTokens.get(paper.idOf(token))?.chain ?? '';
  const note = (body: string, by: Issue['by']): void => {
    const token = tokenOf(body);
    if (token) issues.push({ chain: chainOf(token), at: paper.realNow(), by, token });
  };
  const refresh = (token: string, by: Issue['by']): InboundResponse => {
    const { status, body } = paper.refresh(token);
    note(body, by);
    return answered(status, body);
  };
  const takeFault = (): FaultKind | null => {
    if (planned.times === 0) return null;
    planned.times -= 1;
    return planned.kind;
  };
  const processed = (kind: FaultKind | null, whole: InboundResponse): Came => {
    const cutAt = whole.body.indexOf('"refresh_token"');
    switch (kind) {
      case 'lost_after':
        return { kind: 'unknown', response: null };
      case 'page_after':
        return { kind: 'answered', response: { ...whole, status: 502, body: '<html>' } };
      case 'cut_early':
        return { kind: 'unknown', response: { ...whole, body: whole.body.slice(0, cutAt + 20) } };
      case 'cut_late':
        return { kind: 'unknown', response: { ...whole, body: whole.body.slice(0, -1) } };
      default:
        return { kind: 'answered', response: whole };
    }
  };

  return {
    issues,
    chainOf,
    now: () => new Date(paper.realNow()),
    pass: (seconds: number) => paper.advance(seconds),
    consent: (): string => {
      const body = paper.exchange(paper.consent()).body;
      note(body, 'consent');
      return tokenOf(body) ?? '';
    },
    /** The house presents a token; a fault that was planned befalls it. */
    present: (token: string): Came => {
      const kind = takeFault();
      if (kind === 'unsent') return { kind, response: null };
      if (kind === 'lost_before') return { kind: 'unknown', response: null };
      if (kind === 'busy') return { kind: 'answered', response: answered(429, '') };
      return processed(kind, refresh(token, 'house'));
    },
    /** Somebody else does. */
    spend: (token: string, by: 'foreign' | 'recipient') => refresh(token, by),
    plan: (kind: FaultKind, times: number) => {
      planned = { kind, times };
    },
    withdrawn: () => withdrawn,
    withdraw: () => {
      withdrawn = true;
      const of = { site: APP.site, clientId: APP.clientId, userId: JAN.id };
      record(ledger, endAccess(ledger, of, { kind: 'withdrawn', at: paper.realNow() }));
    },
    /** T12: a refusal for being too early hands out a token all the same. */
    rotatesWhenTooEarly: (yes: boolean) => {
      ledger.switches.tooEarlyRotates = yes;
    },
    accepts: (token: string): boolean => {
      const known = ledger.refreshTokens.get(paper.idOf(token));
      const chain = known && ledger.chains.get(known.chain);
      return Boolean(chain && stillAnswers(ledger, chain, known, paper.realNow()));
    },
  };
}
export type Exact = ReturnType<typeof paperExact>;

/** The product's own reading of what arrived. */
export function readCame(came: Came, presented: string) {
  if (!came.response) return null;
  const reading = readRefresh(came.response, (token) => token === presented, came.kind === 'answered');
  return { reading, token: 'tokens' in reading ? reading.tokens.refreshToken.reveal() : null };
}
