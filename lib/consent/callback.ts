import { setTimeout as later } from 'node:timers/promises';
import { audit, type EventData, record, registrationFaults } from '../audit/index.ts';
import {
  type AnswerRow,
  discardGrant,
  doubtConnection,
  hasUnread,
  heldGrants,
  identifyGrant,
  isWithdrawn,
  keepAnswer,
  keeperFor,
  readAnswer,
  sealGrant,
  setAside,
  shredAnswer,
} from '../custody/index.ts';
import type { AuthorizationRequest } from '../db/generated/client.ts';
import { inTenant, type Prisma, type Tx } from '../db/index.ts';
import type { Sent } from '../http/index.ts';
import { putJob } from '../jobs/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sha256 } from '../kernel/hash.ts';
import { newToken, partnerOfToken } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { log } from '../log/index.ts';
import { originOf, type Provider, providerBySlug, type TokenOutcome, type TokenSet } from '../providers/index.ts';
import { noteRefused } from '../tenancy/index.ts';
import { seal } from '../vault/index.ts';
import { codeVerifierOf } from './authorize.ts';
import { demandsOf } from './demands.ts';
import { beginExchange, issuedBy, presentCode, readExchange, registrationForExchange } from './exchange.ts';
import { linkPlace } from './invite.ts';
import { noteOddAnswer } from './news.ts';
import { readIdentityOf } from './preflight.ts';
import { openLink } from './results.ts';
import { type Visit, visitOf } from './visit.ts';

/** How a trip through the browser ended; each has a page of its own. */
export type Outcome =
  | 'sealed'
  | 'denied'
  | 'app_not_ready' //    the provider does not accept the partner's registration
  | 'code_too_old'
  | 'refused' //          any other no
  | 'unknown' //          the answer was lost: the code may be spent, the customer is asked again (C-2 row 16)
  | 'provider_down' //    not processed
  | 'not_saved' //        issued, and the store failed to the end
  | 'replaced'; //        the same browser began another trip meanwhile

/** How a trip ended without a grant, and what the partner is told of it. A tab that its own browser left behind is news to nobody. */
type Ending =
  | { outcome: 'app_not_ready'; reason: EventData<'registration.check_failed'>['reason'] }
  | {
      outcome: Exclude<Outcome, 'sealed' | 'app_not_ready' | 'replaced'>;
      reason: NonNullable<EventData<'invitation.finished'>['reason']>;
    };

export type CallbackInput = {
  registrationId: string;
  providerSlug: string;
  /** Query parameters as they came, decoded once; repeated ones keep every value. */
  params: URLSearchParams;
  browserSecret: string | null;
  /** The invitation on whose page the answer was brought in: another one's is not taken there. Absent at the callback's own address. */
  invitationId?: string;
};

/** Where the customer goes from here, opened before anything is spent: afterwards there may be no database to read it from. */
export type Back = {
  visit: Visit;
  /** The language they read when they left. */
  locale: string | null;
  link: Secret<string> | null;
};

export type CallbackAnswer =
  | { kind: 'no_request' } //                                  without, with a foreign or an unknown state
  | { kind: 'other_browser'; visit: Visit; locale: string | null; requestId: string }
  | (Back & { kind: 'malformed' }) //                 two codes, code and error, neither, another issuer: nothing was spent
  | (Back & { kind: 'lapsed' })
  | (Back & { kind: 'withdrawn' }) //                 the partner took the invitation back meanwhile
  | (Back & { kind: 'settled'; requestId: string }) // this callback, or the first with this state, acted; its end may be still to come
  | (Back & { kind: 'not_saved'; requestId: string }); // issued, and gone: neither the database nor the disk would take it

const single = (params: URLSearchParams, name: string) => {
  const values = params.getAll(name);
  return values.length === 1 ? (values[0] ?? '') : null;
};

/** What a code may be made of (RFC 6749 appendix A.11), and more of it than any provider was seen to send. */
const codeForm = /^[\x20-\x7e]{1,4096}$/;

/** An answer that names its issuer must name this provider, letter by letter (RFC 9207 §2.4, TH6). */
function isOfIssuer(params: URLSearchParams, provider: Provider, { ctx, registration }: Visit): boolean {
  if (!params.has('iss')) return !provider.profile.namesIssuer;
  return single(params, 'iss') === provider.issuer(originOf(registration.site, ctx.sandbox));
}

/**
 * The provider sent a customer back. State, cookie, registration and tenant must agree before the code is spent; the
 * first callback with a state acts, every later one is shown what came of it (design §4, TH5).
 */
export async function handleCallback(input: CallbackInput): Promise<CallbackAnswer> {
  const state = single(input.params, 'state');
  const partnerId = state ? partnerOfToken('state', state) : null;
  const provider = providerBySlug(input.providerSlug);
  if (!state || !partnerId || !provider) return { kind: 'no_request' };
  const request = await inTenant(partnerId, (tx) =>
    tx.authorizationRequest.findFirst({ where: { partnerId, stateHash: sha256(state) } }),
  );
  const visit = request && (await visitOf(partnerId, request.invitationId));
  if (!request || !visit || request.registrationId !== input.registrationId) return { kind: 'no_request' };
  if (input.invitationId !== undefined && request.invitationId !== input.invitationId) return { kind: 'no_request' };

  if (!input.browserSecret || !Buffer.from(sha256(input.browserSecret)).equals(request.browserHash)) {
    await noteOtherBrowser(visit, request);
    return { kind: 'other_browser', visit, locale: request.locale, requestId: request.id };
  }
  const link = await openLink(visit.ctx, { invitationId: visit.invitation.id });
  const back = { visit, locale: request.locale, link };
  if (request.answeredAt) return { kind: 'settled', ...back, requestId: request.id };
  if (visit.ctx.clock.now() >= request.expiresAt) return { kind: 'lapsed', ...back };
  if (visit.state === 'withdrawn') return { kind: 'withdrawn', ...back };

  const code = single(input.params, 'code');
  const error = single(input.params, 'error');
  const twofold = input.params.has('error') && input.params.has('code');
  if (twofold || !(error || code) || (code && !codeForm.test(code)) || !isOfIssuer(input.params, provider, visit)) {
    await noteOddAnswer(visit, request);
    return { kind: 'malformed', ...back };
  }
  if (error) await settleError(visit, request, error);
  else if (code) {
    const codeVerifier = visit.registration.pkce ? codeVerifierOf(state) : null;
    const kind = await settleCode(visit, request, provider, { code, codeVerifier });
    return { kind, ...back, requestId: request.id };
  }
  return { kind: 'settled', ...back, requestId: request.id };
}

/** The trip a state belongs to, for a page that failed on its way. Null when it is of none. */
export async function tripOfState(state: string): Promise<string | null> {
  const partnerId = partnerOfToken('state', state);
  if (!partnerId) return null;
  const where = { partnerId, stateHash: sha256(state) };
  const row = await inTenant(partnerId, (tx) => tx.authorizationRequest.findFirst({ where, select: { id: true } }));
  return row?.id ?? null;
}

async function noteOtherBrowser(visit: Visit, request: AuthorizationRequest): Promise<void> {
  const about = { connectionId: request.connectionId };
  await inTenant(visit.ctx.partnerId, (tx) =>
    record(tx, visit.ctx, 'security.other_browser', about, { authorization_request_id: request.id }),
  );
}

async function settle(
  tx: Tx,
  ctx: Ctx,
  request: AuthorizationRequest,
  outcome: Outcome,
  detail: Record<string, string>,
  grantId?: string,
): Promise<boolean> {
  const { count } = await tx.authorizationRequest.updateMany({
    where: {
      partnerId: ctx.partnerId,
      id: request.id,
      // An answer that was found after all is better news than that it was lost.
      OR: [{ settledAt: null }, ...(grantId ? [{ outcome: 'unknown' }] : [])],
    },
    data: {
      settledAt: ctx.clock.now(),
      dueAt: null,
      outcome,
      outcomeDetail: detail as Prisma.InputJsonObject,
      ...(grantId ? { grantId } : {}),
    },
  });
  return count === 1;
}

/**
 * Tells of an exchange whose process is gone without an answer in the house: the code may be spent, so the customer has
 * to be asked again, and the partner has to know (C-2 row 16). One whose answer waits to be read is left to it.
 */
export async function endExchange(tx: Tx, ctx: Ctx, requestId: string): Promise<void> {
  const { partnerId } = ctx;
  const request = await tx.authorizationRequest.findFirst({ where: { partnerId, id: requestId } });
  if (!request?.dueAt || ctx.clock.now() < request.dueAt || (await hasUnread(tx, ctx, requestId))) return;
  if (!(await settle(tx, ctx, request, 'unknown', { reason: 'answer_lost' }))) return;
  const facts = { ...tripFacts(request), outcome: 'unknown', reason: 'answer_lost' } as const;
  await record(tx, ctx, 'invitation.finished', { connectionId: request.connectionId }, facts);
  await doubtConnection(tx, ctx, request.connectionId, request.id);
}

/** By these the record says which try it was whose code a customer reads out. */
const tripFacts = ({ invitationId, id }: AuthorizationRequest) => ({
  invitation_id: invitationId,
  authorization_request_id: id,
});

/**
 * The provider sent an error instead of a code. Its text goes nowhere; the code is from a closed list, and most of that says
 * that the partner's app is not accepted, not that the person declined (A3, A12).
 */
async function settleError(visit: Visit, request: AuthorizationRequest, error: string): Promise<void> {
  const { ctx } = visit;
  const denied = error === 'access_denied';
  const fault = registrationFaults.find((known) => known === error);
  const ending: Ending = fault
    ? { outcome: 'app_not_ready', reason: fault }
    : denied
      ? { outcome: 'denied', reason: 'access_denied' }
      : { outcome: 'refused', reason: 'other' };
  await inTenant(ctx.partnerId, async (tx) => {
    if (!(await beginExchange(tx, ctx, request.id))) return;
    await settle(tx, ctx, request, ending.outcome, { error: ending.reason });
    await settleWithout(tx, visit, request, ending);
  });
}

/** What everyone is told when a trip ends without a grant. A denial or failure leaves the invitation open (design §5). */
async function settleWithout(tx: Tx, visit: Visit, request: AuthorizationRequest, ending: Ending): Promise<void> {
  const { ctx, registration } = visit;
  const about = { connectionId: request.connectionId };
  await record(tx, ctx, 'invitation.finished', about, { ...tripFacts(request), ...ending });
  if (isMaybeIssued(ending)) await doubtConnection(tx, ctx, request.connectionId, request.id);
  if (ending.outcome !== 'app_not_ready') return;
  const { reason } = ending;
  // Only the token endpoint's word counts for others: an error in an address can be made up.
  if (reason === 'client_rejected') await noteRefused(tx, ctx, registration.id, true);
  // An error in an address can be made up by whoever holds the browser: it says nothing about what is held already.
  if ((await heldGrants(tx, ctx, request.connectionId)).length === 0) {
    await tx.connection.updateMany({
      where: { partnerId: ctx.partnerId, id: request.connectionId },
      data: { attention: 'blocked' },
    });
  }
  await record(tx, ctx, 'registration.check_failed', about, { registration_id: registration.id, reason });
}

const endingOf = (answer: Exclude<TokenOutcome, { kind: 'issued' }>): Ending => {
  if (answer.kind === 'unavailable') return { outcome: 'provider_down', reason: 'unavailable' };
  if (answer.kind === 'unknown') return { outcome: 'unknown', reason: 'answer_lost' };
  if (answer.code === 'code_expired') return { outcome: 'code_too_old', reason: answer.code };
  return answer.code === 'client_rejected'
    ? { outcome: 'app_not_ready', reason: answer.code }
    : { outcome: 'refused', reason: answer.code };
};

async function settleCode(
  visit: Visit,
  request: AuthorizationRequest,
  provider: Provider,
  proof: { code: string; codeVerifier: string | null },
): Promise<'settled' | 'not_saved'> {
  const { ctx } = visit;
  const registration = await registrationForExchange(ctx, visit.registration, request.redirectUri);
  // The key that keeps the answer is fetched with the intent: no key, no exchange (C-2 row 14).
  const begun = await inTenant(ctx.partnerId, async (tx) => {
    const at = await beginExchange(tx, ctx, request.id);
    return at && { at, keeper: await keeperFor(tx, ctx, { authorizationRequestId: request.id }) };
  });
  if (!begun) return 'settled';
  const sent = await presentCode(ctx, provider, registration, proof);
  const answerId = await keepAnswer(begun.keeper, ctx, sent).catch(report);
  const kept = { answerId: answerId ?? null, begunAt: begun.at, keptAt: ctx.clock.now() };
  const answer = readExchange(provider, sent);
  try {
    await settleAnswer(visit, request, provider, answer, kept);
  } catch (error) {
    log().error({ err: error, requestId: request.id }, 'an answer is not settled yet');
    // What is kept here, in the database or on disk, the sweep seals; the customer's page waits for it.
    if (answer.kind === 'issued' && kept.answerId === null) return 'not_saved';
  }
  return 'settled';
}

/**
 * Whether a chain may have begun whose token nobody here has: an answer that was lost, one that could be stored nowhere, or
 * somebody else's with this code (row 17).
 */
const isMaybeIssued = ({ outcome, reason }: Ending): boolean =>
  outcome === 'unknown' || outcome === 'not_saved' || reason === 'code_spent';

/** Where an answer is kept, null where it could be kept nowhere; when the customer came back with the code, and since when it is here. */
type Kept = { answerId: string | null; begunAt: Date; keptAt: Date };

/** What a read answer means for the request; the kept copy goes in the transaction that made it needless. */
async function settleAnswer(
  visit: Visit,
  request: AuthorizationRequest,
  provider: Provider,
  answer: TokenOutcome,
  kept: Kept,
): Promise<void> {
  const { ctx } = visit;
  const { answerId } = kept;
  if (answer.kind !== 'issued') {
    const ending = endingOf(answer);
    await inTenant(ctx.partnerId, async (tx) => {
      if (await settle(tx, ctx, request, ending.outcome, { reason: ending.reason }))
        await settleWithout(tx, visit, request, ending);
      if (answerId) await (answer.kind === 'unknown' ? setAside : shredAnswer)(tx, ctx, answerId);
    });
    return;
  }
  const { grantId, withdrawn } = await sealUntilDurable(visit, request, answer.tokens, kept);
  // The token is safe from here on, so nothing below may tell the customer otherwise; the sweep settles what is left open.
  await within(lookPatienceMs, identify(visit, provider, grantId, answer.tokens).catch(report));
  if (visit.customer.email && !withdrawn) {
    const receipt = { partnerId: ctx.partnerId, connectionId: visit.connection.id, grantId };
    await inTenant(ctx.partnerId, (tx) => putJob(tx, 'mail.receipt', receipt)).catch(report);
  }
}

/** A provider that takes longer to say who it was is looked at while the customer is shown that it is. */
const lookPatienceMs = 1_500;
const within = (ms: number, work: Promise<unknown>) => Promise.race([work, later(ms, undefined, { ref: false })]);

/** Asks who consented, and for what; once, and only if the partner has not switched it off. */
async function identify(visit: Visit, provider: Provider, grantId: string, { accessToken }: TokenSet): Promise<void> {
  const { ctx, registration } = visit;
  const identity =
    registration.preflight && accessToken ? await readIdentityOf(ctx, provider, registration.site, accessToken) : null;
  await inTenant(ctx.partnerId, (tx) => identifyGrant(tx, ctx, grantId, identity, demandsOf(visit)));
}

/**
 * Reads an answer that its own process did not live to read, or that waited on disk while the database was away: what
 * was issued is sealed late rather than lost (C-2 rows 3, 4, 10).
 */
export async function finishExchange(ctx: Ctx, row: AnswerRow): Promise<void> {
  const { partnerId } = ctx;
  const request = await inTenant(partnerId, (tx) =>
    tx.authorizationRequest.findFirst({ where: { partnerId, id: row.authorizationRequestId ?? '' } }),
  );
  const visit = request && (await visitOf(partnerId, request.invitationId));
  const provider = visit && providerBySlug(visit.registration.provider);
  const raw = await inTenant(partnerId, async (tx) => {
    const about = request ? { connectionId: request.connectionId } : {};
    await audit(tx, ctx, 'grant.answer_read', about, { authorization_request_id: row.authorizationRequestId });
    return readAnswer(tx, row);
  });
  if (raw === 'unreadable')
    return inTenant(partnerId, async (tx) => {
      await setAside(tx, ctx, row.id); // the trip is settled as unknown, and told
      await record(tx, ctx, 'security.answer_unreadable', {}, { authorization_request_id: row.authorizationRequestId });
    });
  if (!request || !visit || !provider || !raw) return;
  const sent: Sent = raw.complete
    ? { kind: 'answered', response: raw.response }
    : { kind: 'unknown', partial: raw.response };
  const late = { ...visit, ctx: { ...visit.ctx, clock: ctx.clock } };
  const answer = readExchange(provider, sent);
  if (request.settledAt && answer.kind !== 'issued') return inTenant(partnerId, (tx) => shredAnswer(tx, ctx, row.id));
  const begunAt = request.answeredAt ?? row.keptAt;
  await settleAnswer(late, request, provider, answer, { answerId: row.id, begunAt, keptAt: row.keptAt });
}

const report = (error: unknown) => log().error({ err: error }, 'after sealing');

/** How long a seal is tried again for; shorter where a test wants the end of it. */
export const patience = { saveDelaysMs: [0, 100, 300, 1000, 2000, 4000, 8000] };

/**
 * Seals what was issued and does not let go until it is durable (C-2 row 10). A lost COMMIT is harmless, the grant of an
 * authorization request is unique (row 11). While a kept answer waits in the database or on disk nothing is lost when
 * this gives up: the sweep reads it.
 */
async function sealUntilDurable(
  visit: Visit,
  request: AuthorizationRequest,
  tokens: TokenSet,
  kept: Kept,
): Promise<Sealed> {
  const { ctx } = visit;
  let last: unknown;
  for (const delay of patience.saveDelaysMs) {
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    try {
      return await inTenant(ctx.partnerId, (tx) => sealOnce(tx, visit, request, tokens, kept));
    } catch (error) {
      last = error;
    }
  }
  if (!kept.answerId) await endUnsaved(visit, request).catch(() => {}); // the database is away: told as unknown when it is back
  throw last;
}

/** What was issued could be stored nowhere, and is gone with this process: nobody may hear of that from silence. */
const endUnsaved = (visit: Visit, request: AuthorizationRequest): Promise<void> =>
  inTenant(visit.ctx.partnerId, async (tx) => {
    const ending = { outcome: 'not_saved', reason: 'store_failed' } as const;
    if (await settle(tx, visit.ctx, request, ending.outcome, { reason: ending.reason }))
      await settleWithout(tx, visit, request, ending);
  });

/** The customer's lasting link, once: of two first consents at the same moment the second keeps what the first one made. */
async function makeAccessLink(tx: Tx, partnerId: string, connectionId: string): Promise<void> {
  const access = newToken('access', partnerId);
  await tx.connection.updateMany({
    where: { partnerId, id: connectionId, accessTokenHash: null },
    data: {
      accessTokenHash: sha256(access),
      accessTokenSealed: await seal(tx, new Secret(access), linkPlace(partnerId, connectionId, 'access')),
    },
  });
}

/** `withdrawn`: the customer took the permission back after giving it, and before its answer was read. */
type Sealed = { grantId: string; withdrawn: boolean };

async function sealOnce(
  tx: Tx,
  visit: Visit,
  request: AuthorizationRequest,
  tokens: TokenSet,
  { answerId, begunAt, keptAt }: Kept,
): Promise<Sealed> {
  const { ctx, registration, connection, invitation } = visit;
  const { partnerId } = ctx;
  if (answerId) await shredAnswer(tx, ctx, answerId);
  const before = await tx.grant.findFirst({
    where: { partnerId, authorizationRequestId: request.id },
    select: { id: true },
  });
  if (before) return { grantId: before.id, withdrawn: await isWithdrawn(tx, ctx, connection.id) };
  const grant = await sealGrant(tx, ctx, {
    connectionId: connection.id,
    authorizationRequestId: request.id,
    site: registration.site,
    clientId: registration.clientId,
    redirectUri: request.redirectUri,
    unusedDays: registration.unusedDays,
    tokens,
    issuedAt: issuedBy(begunAt, keptAt),
  });
  await settle(tx, ctx, request, 'sealed', {}, grant.id);
  if (registration.refusedAt) await noteRefused(tx, ctx, registration.id, false);
  await tx.invitation.updateMany({
    where: { partnerId, id: invitation.id, finishedAt: null },
    data: { finishedAt: ctx.clock.now(), dueAt: null },
  });
  const withdrawn = await stillWithdrawn(tx, visit, begunAt);
  if (withdrawn) await discardGrant(tx, ctx, grant, 'customer_withdrew');
  if (!connection.accessTokenHash) await makeAccessLink(tx, partnerId, connection.id);
  await record(
    tx,
    ctx,
    'invitation.finished',
    { connectionId: connection.id },
    { ...tripFacts(request), outcome: 'sealed', grant_id: grant.id },
  );
  return { grantId: grant.id, withdrawn };
}

/**
 * Whether a withdrawal that was made since this consent stands. An older one is answered by it. Locks the connection,
 * as a withdrawal does.
 */
async function stillWithdrawn(tx: Tx, { ctx, connection }: Visit, consentedAt: Date): Promise<boolean> {
  const of = { partnerId: ctx.partnerId, id: connection.id };
  await tx.connection.updateMany({ where: of, data: { attention: null } });
  await tx.connection.updateMany({ where: { ...of, withdrawnAt: { lt: consentedAt } }, data: { withdrawnAt: null } });
  return isWithdrawn(tx, ctx, connection.id);
}
