import { z } from 'zod';
import type { KeptAnswer } from '../db/generated/client.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { InboundResponse, Sent } from '../http/index.ts';
import { days, minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { fingerprint } from '../kernel/hash.ts';
import { newId } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import type { TokenSet } from '../providers/index.ts';
import { open, type Sealer, seal, sealerFor, UnreadableError } from '../vault/index.ts';
import { drainSpool, type Spooled, spool } from './spool.ts';

/** Whose answer it is: a consent's code exchange, or a renewal under one epoch of its lease. */
export type AnswerOf = { authorizationRequestId: string } | { renewalId: string; epoch: number };
export type AnswerRow = KeptAnswer;

/** What is needed to keep an answer whatever has happened to the database by then (C-2 rows 10 and 14). */
export type Keeper = { partnerId: string; of: AnswerOf; sealer: Sealer };

/** How long the process that asked has to itself before somebody else reads its answer: longer than its lease. */
const readSpan = minutes(1);
/** A predecessor stays until its successor has proved itself: longer than the provider's repeat window (C-3). */
const predecessorSpan = minutes(15);
const unreadableSpan = days(1);
/** A candidate stays until a newer one proves alive, and never longer than a token lives. */
const candidateSpan = days(30);

/** Fetches the key before the request leaves: no key, no request (C-2 row 14). */
export const keeperFor = async (tx: Tx, ctx: Ctx, of: AnswerOf): Promise<Keeper> => ({
  partnerId: ctx.partnerId,
  of,
  sealer: await sealerFor(tx, ctx.partnerId, 'token'),
});

const bodyPlace = (partnerId: string, id: string) =>
  ({ purpose: 'token', partnerId, recordId: id, field: 'body' }) as const;
const heldPlace = (partnerId: string, id: string, field: 'refresh_token' | 'access_token') =>
  ({ purpose: 'token', partnerId, recordId: id, field }) as const;

const saveDelaysMs = [0, 50, 200];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Entry = Omit<Spooled, 'body'>;

/** Once, however often it is tried: a COMMIT whose answer was lost, or a spool drained twice (row 11). */
async function insert(tx: Tx, { keptAt, ...row }: Entry, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const at = new Date(keptAt);
  await tx.keptAnswer.createMany({
    data: [{ ...row, keptAt: at, role: 'unread', body, dueAt: plus(at, readSpan) }],
    skipDuplicates: true,
  });
}

/**
 * Makes what came back durable before anyone reads it (C-2 rows 3, 4, 10): in the database, or while that is away
 * sealed in the spool. Null when nothing came back. Throws when neither would take it.
 */
export async function keepAnswer(keeper: Keeper, ctx: Ctx, sent: Sent): Promise<string | null> {
  const response = sent.kind === 'answered' ? sent.response : sent.kind === 'unknown' ? sent.partial : null;
  try {
    return response && (await keep(keeper, ctx, response, sent.kind === 'answered'));
  } finally {
    keeper.sealer.forget();
  }
}

async function keep(
  { partnerId, of, sealer }: Keeper,
  ctx: Ctx,
  response: InboundResponse,
  complete: boolean,
): Promise<string> {
  const id = newId('answer');
  const entry: Entry = {
    partnerId,
    id,
    authorizationRequestId: 'authorizationRequestId' in of ? of.authorizationRequestId : null,
    renewalId: 'renewalId' in of ? of.renewalId : null,
    epoch: 'renewalId' in of ? of.epoch : null,
    keptAt: ctx.clock.now().toISOString(),
    status: response.status,
    complete,
  };
  const text = new Secret(JSON.stringify({ headers: response.headers, body: response.body }));
  let last: unknown;
  for (const delay of saveDelaysMs) {
    if (delay) await pause(delay);
    try {
      // Under the key of now, held until the commit: it cannot be destroyed under the only copy.
      await inTenant(partnerId, async (tx) => insert(tx, entry, await seal(tx, text, bodyPlace(partnerId, id))));
      return id;
    } catch (error) {
      last = error;
    }
  }
  const sealed = sealer.seal(text, bodyPlace(partnerId, id));
  if (spool({ ...entry, body: Buffer.from(sealed).toString('base64') })) return id;
  throw last;
}

const fromSpool = ({ body, ...entry }: Spooled): Promise<void> =>
  inTenant(entry.partnerId, (tx) => insert(tx, entry, new Uint8Array(Buffer.from(body, 'base64'))));

/** Brings what waited on disk into the database. Returns how much there was. */
export const drainAnswers = (onError: (error: unknown) => void): Promise<number> => drainSpool(fromSpool, onError);

export type RawAnswer = {
  complete: boolean;
  response: { status: number; headers: Record<string, string>; body: string };
};

/** What a kept answer says, opened from its sealed copy; null once it has been read, `unreadable` when it does not open. */
export async function readAnswer(tx: Tx, row: AnswerRow): Promise<RawAnswer | 'unreadable' | null> {
  if (row.role !== 'unread' || !row.body || row.status === null) return null;
  try {
    const text = await open(tx, row.body, bodyPlace(row.partnerId, row.id));
    const { headers, body } = Sealed.parse(JSON.parse(text.reveal()));
    return { complete: row.complete ?? false, response: { status: row.status, headers, body } };
  } catch (error) {
    if (error instanceof UnreadableError || error instanceof SyntaxError || error instanceof z.ZodError)
      return 'unreadable'; // its key was destroyed, or its bytes were damaged: it will not open tomorrow either
    throw error;
  }
}

const Sealed = z.object({ headers: z.record(z.string(), z.string()), body: z.string() });

export const findAnswer = (tx: Tx, ctx: Ctx, id: string): Promise<AnswerRow | null> =>
  tx.keptAnswer.findFirst({ where: { partnerId: ctx.partnerId, id } });

/**
 * A later epoch presented later, however late an answer of an earlier one was kept: a worker that stood still with its
 * answer in its hands must not pass for the last one that was issued to (rows 12 and 13).
 */
const newestFirst = [{ epoch: { sort: 'desc', nulls: 'last' } }, { keptAt: 'desc' }, { id: 'desc' }] as const;

/** What came back for this renewal and nobody has read yet, the newest first. */
export const unreadOf = (tx: Tx, ctx: Ctx, renewalId: string): Promise<AnswerRow[]> =>
  tx.keptAnswer.findMany({
    where: { partnerId: ctx.partnerId, renewalId, role: 'unread' },
    orderBy: [...newestFirst],
  });

/** Whether the answer to a code exchange is in the house and waits to be read. */
export const hasUnread = async (tx: Tx, ctx: Ctx, authorizationRequestId: string): Promise<boolean> =>
  (await tx.keptAnswer.count({ where: { partnerId: ctx.partnerId, authorizationRequestId, role: 'unread' } })) > 0;

const nothingHeld = {
  role: 'done',
  body: null,
  refreshToken: null,
  accessToken: null,
  dueAt: null,
} as const;

/** The end of an answer: nothing of what it held is left. */
export async function shredAnswer(tx: Tx, ctx: Ctx, id: string): Promise<void> {
  await tx.keptAnswer.updateMany({ where: { partnerId: ctx.partnerId, id }, data: nothingHeld });
}

/** An answer that decides nothing stays a day, sealed: somebody may have to find out what came (row 4). */
export async function setAside(tx: Tx, ctx: Ctx, id: string): Promise<void> {
  await tx.keptAnswer.updateMany({
    where: { partnerId: ctx.partnerId, id, role: 'unread' },
    data: { role: 'unreadable', dueAt: plus(ctx.clock.now(), unreadableSpan) },
  });
}

/**
 * The successors that a settled renewal no longer needs. Its predecessor has a time of its own; an answer that nobody has
 * read is read first, whenever it comes (`readLate`).
 */
export async function shredCandidates(tx: Tx, ctx: Ctx, renewalId: string): Promise<void> {
  await tx.keptAnswer.updateMany({
    where: { partnerId: ctx.partnerId, renewalId, role: 'candidate' },
    data: nothingHeld,
  });
}

/** Turns a read answer into a candidate: its successor is in the house, and nobody relies on it yet (rows 3 and 12). */
export async function makeCandidate(tx: Tx, ctx: Ctx, id: string, tokens: TokenSet): Promise<void> {
  const { partnerId } = ctx;
  const place = (field: 'refresh_token' | 'access_token') => heldPlace(partnerId, id, field);
  await tx.keptAnswer.updateMany({
    where: { partnerId, id },
    data: {
      role: 'candidate',
      body: null,
      refreshToken: await seal(tx, tokens.refreshToken, place('refresh_token')),
      accessToken: tokens.accessToken && (await seal(tx, tokens.accessToken, place('access_token'))),
      accessLifetimeSeconds: tokens.accessLifetimeSeconds,
      tokenFingerprint: fingerprint(tokens.refreshToken.reveal()),
      dueAt: plus(ctx.clock.now(), candidateSpan),
    },
  });
}

export type Candidate = { id: string; epoch: number | null; keptAt: Date; tokens: TokenSet };

/** The successor issued last, opened; null when there is none (row 8). */
export async function newestCandidate(tx: Tx, ctx: Ctx, renewalId: string): Promise<Candidate | null> {
  const row = await tx.keptAnswer.findFirst({
    where: { partnerId: ctx.partnerId, renewalId, role: 'candidate' },
    orderBy: [...newestFirst],
  });
  if (!row?.refreshToken) return null;
  const place = (field: 'refresh_token' | 'access_token') => heldPlace(ctx.partnerId, row.id, field);
  return {
    id: row.id,
    epoch: row.epoch,
    keptAt: row.keptAt,
    tokens: {
      refreshToken: await open(tx, row.refreshToken, place('refresh_token')),
      accessToken: row.accessToken && (await open(tx, row.accessToken, place('access_token'))),
      accessLifetimeSeconds: row.accessLifetimeSeconds ?? 600,
    },
  };
}

/** What a renewal's presentations brought, read or not, the newest first. */
export const answersOf = (tx: Tx, ctx: Ctx, renewalId: string): Promise<{ epoch: number | null; role: string }[]> =>
  tx.keptAnswer.findMany({
    where: { partnerId: ctx.partnerId, renewalId, role: { not: 'predecessor' } },
    select: { epoch: true, role: true },
    orderBy: [...newestFirst],
  });

export const countCandidates = (tx: Tx, ctx: Ctx, renewalId: string): Promise<number> =>
  tx.keptAnswer.count({ where: { partnerId: ctx.partnerId, renewalId, role: 'candidate' } });

/** The fingerprint of what a renewal that was adopted had presented: only its predecessor belongs to no epoch. */
export async function spentBy(tx: Tx, ctx: Ctx, renewalId: string | null): Promise<string[]> {
  const spent = { partnerId: ctx.partnerId, renewalId, epoch: null, tokenFingerprint: { not: null } };
  const rows = renewalId ? await tx.keptAnswer.findMany({ where: spent, select: { tokenFingerprint: true } }) : [];
  return rows.flatMap(({ tokenFingerprint }) => tokenFingerprint ?? []);
}

/** Keeps the token that was spent, sealed, until its successor has proved itself (row 2, C-3). */
export async function keepPredecessor(tx: Tx, ctx: Ctx, renewalId: string, token: Secret<string>): Promise<void> {
  const id = newId('answer');
  const now = ctx.clock.now();
  await tx.keptAnswer.create({
    data: {
      partnerId: ctx.partnerId,
      id,
      renewalId,
      keptAt: now,
      role: 'predecessor',
      refreshToken: await seal(tx, token, heldPlace(ctx.partnerId, id, 'refresh_token')),
      tokenFingerprint: fingerprint(token.reveal()),
      dueAt: plus(now, predecessorSpan),
    },
  });
}
