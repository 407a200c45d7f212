import type { Connection, Consent, Delivery, History, Issue } from './history.ts';

/*
 * The verdicts. "Quiet" is after the load has ended, everything killed is back, and the sandboxes have lived through
 * the time limit (26 hours: every claim and confirm window, far more than the 15 minutes of C-4).
 *
 * LOST   The simulator issued a refresh token for a consent of connection K (its answer left whole, or was cut so that
 *        the token could have been had), the chain still answers, it is K's newest, no recipient received it, and
 *        - a page had told the customer that it is kept, and no later event of K says what became of it, or
 *        - K's status claims that something is held or was handed over, and neither was it heard nor can it be.
 *        Also: a redeemed answer that its rightful recipient never heard and is refused when it asks again; and a token
 *        handed out that does not work although its chain still answers: the living one was not the one that left. For an
 *        app that renews, any token of the consent's chain counts as the one that was issued for it.
 * DUP    One refresh token reached two recipients (API key and Idempotency-Key) or two handoffs; or the simulator saw
 *        it presented more often than our recipients can have: then the product did. It never may, but for renewal, and
 *        what it handed out it may not even then.
 * XTEN   A body that one tenant's key or page received holds another tenant's id, customer mark or token.
 * LEAK   A token, client secret, API key or key of the instance, in any of six forms, in output of the processes, pages,
 *        errors, events, mails, or a row of any table. The one place of a token is the 200 answer of its own redemption.
 * SILENT K's grant is gone or doubtful, and a status or an event that says so is missing: a token was issued that the
 *        product does not hold, K's status asks for consent, but no event of K tells that the trip ended; or a token was
 *        handed out without a warning although a later consent of K itself had ended it.
 *
 * A call whose answer was not heard may or may not have happened: a presentation counts for us when it was sent, and a
 * redeem is repeated until it is heard or refused.
 */
export const VERDICTS = ['LOST', 'DUP', 'XTEN', 'LEAK', 'SILENT'] as const;
export type Verdict = (typeof VERDICTS)[number];
export type Finding = { verdict: Verdict; what: string };

/** Statuses by which the product says that it has nothing to hand out and somebody has to consent (design §2). */
const asksForConsent = ['needs_consent', 'blocked', 'invited', 'in_progress'];
/** Events that say what became of something that had been kept. */
const endings = ['grant.superseded', 'grant.maybe_superseded', 'grant.lapsed', 'grant.dead', 'grant.shredded'];
type Case = { issue: Issue; consent: Consent; connection: Connection };

export function judge(history: History): Finding[] {
  return [
    ...lostAndSilent(history),
    ...unheard(history),
    ...duplicates(history),
    ...selfSpent(history),
    ...doubtful(history),
    ...history.sightings.map(({ verdict, where, what }) => ({ verdict, what: `${what} in ${where}` })),
  ];
}

export function tally(findings: readonly Finding[]): Record<Verdict, number> {
  const count = (verdict: Verdict) => findings.filter((each) => each.verdict === verdict).length;
  return { LOST: count('LOST'), DUP: count('DUP'), XTEN: count('XTEN'), LEAK: count('LEAK'), SILENT: count('SILENT') };
}

/** Issues with whom they were for; a code that no robot brought back, or a connection nobody could read, has no case. */
function casesOf({ issues, consents, connections }: History): Case[] {
  return issues.flatMap((issue) => {
    const consent = consents.find(({ codeFingerprint }) => codeFingerprint === issue.codeFingerprint);
    const connection = consent && connections.find(({ id }) => id === consent.connectionId);
    return consent && connection ? [{ issue, consent, connection }] : [];
  });
}

function lostAndSilent(history: History): Finding[] {
  const cases = casesOf(history);
  return cases.flatMap((each) => {
    const newest = cases.filter(({ connection }) => connection === each.connection).at(-1) === each;
    const heard = history.deliveries.some(
      (delivery) => history.chains.get(delivery.tokenFingerprint) === each.issue.chain,
    );
    return each.issue.alive && newest && !heard ? verdictOn(each, cases, history.deliveries) : [];
  });
}

/** Each trip that came back from the provider ends with an event of its own; with fewer, one has ended in silence. */
function tripsTold(connection: Connection, cases: readonly Case[]): boolean {
  const told = connection.events.filter(({ type }) => type === 'invitation.finished').length;
  return told >= cases.filter((each) => each.connection === connection).length;
}

/** A living, newest token that no recipient has: either somebody said so, or it is lost or passed over in silence. */
function verdictOn(
  { issue, consent, connection }: Case,
  cases: readonly Case[],
  deliveries: readonly Delivery[],
): Finding[] {
  const refused = connection.refused ? `, refused: ${connection.refused}` : '';
  const about = `token ${issue.tokenFingerprint} of ${connection.id} (${connection.status}${refused})`;
  const explained = connection.events.some(({ type }) => endings.includes(type));
  if (consent.acknowledged) {
    if (explained || connection.status === 'parked') return [];
    return [{ verdict: 'LOST', what: `${about}: acknowledged to the customer, then neither handed out nor told of` }];
  }
  if (connection.status === 'parked') return [];
  if (asksForConsent.includes(connection.status)) {
    if (tripsTold(connection, cases)) return [];
    return [{ verdict: 'SILENT', what: `${about}: issued, not held, and no event says that the trip ended` }];
  }
  // An older consent of the same connection may be what is held: nobody is worse off while that one works.
  if (deliveries.some(({ connectionId, spent }) => connectionId === connection.id && spent?.ok)) return [];
  return [{ verdict: 'LOST', what: `${about}: claimed to be held or handed out, and nobody has it` }];
}

function unheard({ unheard: refusals, deliveries }: History): Finding[] {
  return refusals
    .filter(({ handoffId }) => !deliveries.some((each) => each.handoffId === handoffId))
    .map(({ handoffId, code }) => ({
      verdict: 'LOST',
      what: `${handoffId}: redeemed by its claimer, never heard, refused when asked again (${code})`,
    }));
}

function duplicates({ deliveries }: History): Finding[] {
  const byToken = Map.groupBy(deliveries, ({ tokenFingerprint }) => tokenFingerprint);
  return [...byToken].flatMap(([token, all]) => {
    const recipients = new Set(all.map(({ recipient }) => recipient)).size;
    const handoffs = new Set(all.map(({ handoffId }) => handoffId)).size;
    if (recipients < 2 && handoffs < 2) return [];
    return [
      { verdict: 'DUP' as const, what: `token ${token} reached ${recipients} recipients in ${handoffs} handoffs` },
    ];
  });
}

function selfSpent({ presented, presentedByUs, deliveries }: History): Finding[] {
  const left = new Set(deliveries.map(({ tokenFingerprint }) => tokenFingerprint));
  return [...presented].flatMap(([token, { times, worked, renews }]) => {
    if (renews && !left.has(token)) return [];
    const seen = renews ? worked : times;
    const ours = presentedByUs.get(token) ?? 0;
    if (seen <= ours) return [];
    return [
      { verdict: 'DUP' as const, what: `token ${token} presented ${seen} times, by recipients at most ${ours} times` },
    ];
  });
}

/** A dead token handed out without a word, although its chain lives or a later consent of the same connection ended it. */
function doubtful(history: History): Finding[] {
  const cases = casesOf(history);
  const seqOf = (token: string) => cases.find(({ issue }) => issue.tokenFingerprint === token)?.issue.seq;
  return history.deliveries.flatMap(({ tokenFingerprint, connectionId, spent, warned }): Finding[] => {
    if (spent === null || spent.ok || warned) return [];
    const about = `token ${tokenFingerprint} of ${connectionId} did not work (${spent.rule})`;
    const own = seqOf(tokenFingerprint) ?? Number.POSITIVE_INFINITY;
    if (cases.some(({ issue, connection }) => connection.id === connectionId && issue.seq > own))
      return [{ verdict: 'SILENT', what: `${about} by a later consent there, and left without a warning` }];
    const chain = history.chains.get(tokenFingerprint);
    const alive = history.issues.some((issue) => issue.chain === chain && issue.alive);
    return alive ? [{ verdict: 'LOST', what: `${about}, while its chain does` }] : [];
  });
}
