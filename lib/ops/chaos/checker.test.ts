import { describe, expect, test } from 'vitest';
import { judge, tally } from './checker.ts';
import type { Connection, Consent, Delivery, History, Issue } from './history.ts';

/** A story that went well: one consent, kept, acknowledged, handed out once, used by its recipient. */
const consent: Consent = { connectionId: 'con_a', partnerId: 'ptn_a', codeFingerprint: 'code-1', acknowledged: true };
const issue: Issue = {
  seq: 1,
  codeFingerprint: 'code-1',
  tokenFingerprint: 'token-1',
  chain: 'c1',
  clientId: 'app',
  userId: 'u1',
  delivered: true,
  alive: true,
};
const delivery: Delivery = {
  handoffId: 'hof_a',
  connectionId: 'con_a',
  partnerId: 'ptn_a',
  recipient: 'key-1 idem-1',
  tokenFingerprint: 'token-1',
  spent: { ok: true, rule: null },
  warned: false,
};
const event = (type: string) => ({ type, at: '2026-11-21T10:00:00.000Z' });
const connection: Connection = {
  id: 'con_a',
  partnerId: 'ptn_a',
  status: 'registered',
  events: ['invitation.finished', 'grant.sealed', 'handoff.confirmed'].map(event),
  refused: null,
};
const clean: History = {
  consents: [consent],
  issues: [issue],
  deliveries: [delivery],
  unheard: [],
  chains: new Map([['token-1', 'c1']]),
  presented: new Map([['token-1', { times: 1, worked: 1, renews: false }]]),
  presentedByUs: new Map([['token-1', 1]]),
  connections: [connection],
  sightings: [],
};
const verdicts = (more: Partial<History>) => judge({ ...clean, ...more }).map(({ verdict }) => verdict);
const undelivered = { deliveries: [], presented: new Map(), presentedByUs: new Map() };
const unacknowledged = { consents: [{ ...consent, acknowledged: false }] };
const standing = (status: string, ...events: string[]) => ({
  connections: [{ ...connection, status, events: events.map(event) }],
});

test('a clean history has no finding', () => {
  expect(judge(clean)).toEqual([]);
  expect(tally(judge(clean))).toEqual({ LOST: 0, DUP: 0, XTEN: 0, LEAK: 0, SILENT: 0 });
});

describe('LOST', () => {
  test('a kept token that is gone without a word', () => {
    expect(verdicts({ ...undelivered, ...standing('needs_consent', 'grant.sealed') })).toEqual(['LOST']);
  });
  test('a token that the status claims and nobody gets', () => {
    expect(verdicts({ ...undelivered, ...unacknowledged, ...standing('sealed', 'grant.sealed') })).toEqual(['LOST']);
  });
  test('a redemption that its claimer never heard', () => {
    const refused = { handoffId: 'hof_b', connectionId: 'con_a', code: 'already_redeemed' };
    expect(verdicts({ unheard: [refused] })).toEqual(['LOST']);
    expect(verdicts({ unheard: [{ ...refused, handoffId: 'hof_a' }] })).toEqual([]);
  });
  test('not when an event said what became of it, the chain is dead, or a newer consent took its place', () => {
    expect(verdicts({ ...undelivered, ...standing('needs_consent', 'grant.superseded') })).toEqual([]);
    expect(verdicts({ ...undelivered, ...standing('sealed'), issues: [{ ...issue, alive: false }] })).toEqual([]);
    const newer = { ...issue, seq: 2, codeFingerprint: 'code-2', tokenFingerprint: 'token-2' };
    expect(
      verdicts({
        issues: [issue, newer],
        consents: [consent, { ...consent, codeFingerprint: 'code-2' }],
        deliveries: [{ ...delivery, tokenFingerprint: 'token-2' }],
        chains: new Map([['token-2', 'c1']]),
      }),
    ).toEqual([]);
  });
  test('a token that does not work although its chain does, and not a renewed one of the same chain', () => {
    const dead = { ...delivery, spent: { ok: false, rule: 'T13' } };
    expect(verdicts({ deliveries: [dead] })).toEqual(['LOST']);
    const renewed = {
      deliveries: [{ ...delivery, tokenFingerprint: 'token-1b' }],
      chains: new Map([['token-1b', 'c1']]),
    };
    expect(verdicts({ ...renewed, ...standing('registered') })).toEqual([]);
  });
  test('not when an unfinished newer consent left the older one working', () => {
    const newer = { ...issue, seq: 2, codeFingerprint: 'code-2', tokenFingerprint: 'token-2', chain: 'c2' };
    const second = { ...consent, codeFingerprint: 'code-2', acknowledged: false };
    expect(verdicts({ issues: [issue, newer], consents: [consent, second] })).toEqual([]);
  });
});

describe('DUP', () => {
  test('one token at two recipients, or in two handoffs', () => {
    expect(verdicts({ deliveries: [delivery, { ...delivery, recipient: 'key-2 idem-9' }] })).toEqual(['DUP']);
    expect(verdicts({ deliveries: [delivery, { ...delivery, handoffId: 'hof_b' }] })).toEqual(['DUP']);
  });
  test('a token presented more often than recipients did', () => {
    const seen = (token: string, times: number, worked: number, renews = false) =>
      verdicts({ presented: new Map([[token, { times, worked, renews }]]) });
    expect(seen('token-1', 2, 2)).toEqual(['DUP']);
    expect(seen('token-9', 1, 0)).toEqual(['DUP']);
    expect(seen('token-9', 3, 1, true)).toEqual([]); // renewal is what this app allows
    expect(seen('token-1', 2, 2, true)).toEqual(['DUP']); // but not of what has been handed out
  });
  test('not when the same recipient heard the same answer twice, or its presentation got lost', () => {
    expect(verdicts({ deliveries: [delivery, delivery], presented: new Map() })).toEqual([]);
  });
});

test.each(['XTEN', 'LEAK'] as const)('%s: a sighting is a finding and says where', (verdict) => {
  const sightings = [{ verdict, where: 'server output', what: 'a refresh token' }];
  expect(judge({ ...clean, sightings })).toEqual([{ verdict, what: 'a refresh token in server output' }]);
});

describe('SILENT', () => {
  test('a trip whose token never arrived, without an event', () => {
    expect(verdicts({ ...undelivered, ...unacknowledged, ...standing('invited', 'invitation.opened') })).toEqual([
      'SILENT',
    ]);
  });
  test('not when an event says that the trip ended', () => {
    expect(verdicts({ ...undelivered, ...unacknowledged, ...standing('invited', 'invitation.finished') })).toEqual([]);
  });
  test('a dead token handed out without a warning, when a later consent of the same connection ended it', () => {
    const spent = { ok: false, rule: 'T14' };
    const newer = { ...issue, seq: 2, codeFingerprint: 'code-2', tokenFingerprint: 'token-2', alive: false };
    const history = {
      issues: [{ ...issue, alive: false }, newer],
      consents: [consent, { ...consent, codeFingerprint: 'code-2', acknowledged: false }],
    };
    expect(verdicts({ ...history, deliveries: [{ ...delivery, spent }] })).toEqual(['SILENT']);
    expect(verdicts({ ...history, deliveries: [{ ...delivery, spent, warned: true }] })).toEqual([]);
    const dead = { issues: [{ ...issue, alive: false }] };
    expect(verdicts({ ...dead, deliveries: [{ ...delivery, spent }] })).toEqual([]); // nobody here can have known
  });
});
