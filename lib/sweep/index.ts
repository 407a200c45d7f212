import { inTenant, type Tx } from '../db/index.ts';
import { clockAt } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { openCtx } from '../tenancy/index.ts';
import { doRun } from './deeds.ts';
import { type Due, type Found, isOutside, nextRun, partnersDue, type Reach } from './due.ts';
import { doOutside } from './outside.ts';

export { callersOf } from './callers.ts';
export { purge } from './retention.ts';

type Report = (error: unknown) => void;
/** The context of one run, and as of when each of its grants is judged. */
type Moment = { ctx: Ctx; at?: (dueAt: Date) => Date };
/** What takes a partner's clock and its provider's along when its time is lived through. */
export type Passage = {
  /** Moves the clock to a moment, in the transaction of what happens then. Throws clock_moved for one who lost the clock. */
  pass(tx: Tx, at: Date): Promise<void>;
  /** Called before the provider is asked as of a moment. */
  before(at: Date): Promise<void>;
  /** Asked after each run; false leaves the rest to another time. */
  goesOn(): boolean;
};
const asItIs: Passage = { pass: async () => {}, before: async () => {}, goesOn: () => true };

/** Who lost the clock has nothing more to do here; every other failure is one thing's own. */
const endsAll = (error: unknown) => error instanceof AppError && error.code === 'clock_moved';

type Walked = { done: number; through: boolean };

/**
 * Does one partner's due work, oldest first, up to `until`. Returns how much there was, and whether that was all. A thing
 * that fails is reported and left for the next sweep; it does not stop the others.
 */
async function walk(
  partnerId: string,
  until: Date,
  moment: (run: readonly Due[]) => Moment,
  onError: Report,
  { pass, before, goesOn }: Passage = asItIs,
  reach: Reach | 'all' = 'all',
): Promise<Walked> {
  let done = 0;
  const report = (error: unknown) => {
    if (endsAll(error)) throw error;
    onError(error);
  };
  const find = (last: Found | null) => inTenant(partnerId, (tx) => nextRun(tx, partnerId, until, last, reach));
  const act = async (tx: Tx, run: readonly Due[]) => {
    const { ctx, at } = moment(run);
    await doRun(tx, ctx, run, at);
    await pass(tx, ctx.clock.now()); // last: what it locks, other deeds lock last, too
  };
  const findAndDo = (last: Found | null) =>
    inTenant(partnerId, async (tx) => {
      const run = await nextRun(tx, partnerId, until, last, reach);
      const [first] = run;
      if (first && !isOutside(first)) await act(tx, run);
      return run;
    });
  const outside = async (item: Due) => {
    const { ctx } = moment([item]);
    const at = ctx.clock.now();
    await before(at);
    await inTenant(partnerId, (tx) => pass(tx, at));
    await doOutside(ctx, item);
  };
  /** One of a run is the culprit; the others are not held up by it. */
  const oneByOne = async (run: readonly Found[]) => {
    for (const item of run.filter((each) => !isOutside(each)))
      await inTenant(partnerId, (tx) => act(tx, [item])).catch(report);
    return run;
  };
  // Onwards only: a thing that stays due waits for the next sweep, and does not hide what comes after it.
  for (let last: Found | null = null; ; ) {
    const run: readonly Found[] = await findAndDo(last).catch(async (error: unknown) => {
      if (endsAll(error)) throw error;
      return oneByOne(await find(last));
    });
    const [first] = run;
    if (!first) return { done, through: true };
    if (isOutside(first)) await outside(first).catch(report);
    done += run.length;
    last = run.at(-1) ?? null;
    if (!goesOn()) return { done, through: false };
  }
}

/** So many partners are served at a time: one with much to do does not hold up the others (B-4). */
const lanes = 4;

async function sweepOne(partnerId: string, reach: Reach | 'all', onError: Report): Promise<number> {
  try {
    const ctx = await openCtx(partnerId, { kind: 'system', id: 'sweep' });
    if (!ctx) return 0;
    return (await walk(partnerId, ctx.clock.now(), () => ({ ctx }), onError, asItIs, reach)).done;
  } catch (error) {
    onError(error);
    return 0;
  }
}

/** Does all work that is due for anyone, now, or only that of one reach. Returns how much there was. */
export async function sweep(onError: Report, reach: Reach | 'all' = 'all'): Promise<number> {
  const waiting = await partnersDue(reach);
  let done = 0;
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const there = await sweepOne(next, reach, onError);
      done += there; // added after the wait: the lanes share it
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}

/**
 * Lives through a partner's time from now to `until`: everything that falls due on the way happens in its order and
 * as of its own moment, also what only comes about on the way. For sandboxes, whose clock goes along in the same
 * transactions, so that no row is ever ahead of it. False when the passage ended before `until`.
 */
export async function sweepThrough(ctx: Ctx, until: Date, onError: Report, passage: Passage): Promise<boolean> {
  const now = ctx.clock.now();
  // What was due already, and not yet done, happens now rather than in the past.
  const asOf = (dueAt: Date) => (dueAt < now ? now : dueAt);
  const actor = { kind: 'system', id: 'sweep' } as const;
  const moment = (run: readonly Due[]): Moment => ({
    ctx: { ...ctx, actor, clock: clockAt(asOf(run.at(-1)?.dueAt ?? now)) },
    at: asOf,
  });
  return (await walk(ctx.partnerId, until, moment, onError, passage)).through;
}
