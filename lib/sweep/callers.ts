import { inTenant } from '../db/index.ts';
import { seconds, wallClock } from '../kernel/clock.ts';
import { openCtx } from '../tenancy/index.ts';
import { type Due, nextRun, partnersDue } from './due.ts';
import { doOutside } from './outside.ts';

type Pace = {
  /** So many things are under way at a time; a provider that hangs holds each for 30 s. */
  lanes: number;
  /** So many token calls are begun in a second, also when an outage of days is over (D16). */
  perSecond: number;
};
const usual: Pace = { lanes: 8, perSecond: 2 };

export type Callers = {
  /** Looks for work, and comes back at once. Called every few seconds. */
  look(): Promise<void>;
  /** Begins nothing more; resolves when what is under way has ended. */
  stop(): Promise<void>;
};

/**
 * Does what asks the provider, apart from everything else: partners take turns, one thing at a time each, so that neither
 * a provider that hangs nor a partner with thousands of renewals holds up another (B-4), or its own reminders and
 * lapses. What fails is reported and comes up again after the others.
 */
export function callersOf(onError: (error: unknown) => void, { lanes, perSecond }: Pace = usual): Callers {
  const turns: string[] = [];
  const busy = new Map<string, Promise<void>>();
  /** Where each partner's turn ended: what stays due does not hide what comes after it. */
  const reached = new Map<string, Due>();
  let nextStart = 0;
  let stopped = false;

  async function pace(): Promise<void> {
    const now = wallClock.now().getTime();
    const start = Math.max(now, nextStart);
    nextStart = start + seconds(1) / perSecond;
    if (start > now) await new Promise((resolve) => setTimeout(resolve, start - now));
  }

  /** One thing of a partner's; whether there may be more. */
  async function takeTurn(partnerId: string): Promise<boolean> {
    const ctx = await openCtx(partnerId, { kind: 'system', id: 'sweep' });
    if (!ctx) return false;
    const last = reached.get(partnerId) ?? null;
    const [due] = await inTenant(partnerId, (tx) => nextRun(tx, partnerId, ctx.clock.now(), last, 'outside'));
    if (!due) {
      reached.delete(partnerId);
      return false;
    }
    reached.set(partnerId, due);
    if (due.kind === 'renew') await pace();
    if (!stopped) await doOutside(ctx, due).catch(onError);
    return true;
  }

  function fill(): void {
    while (!stopped && busy.size < lanes) {
      const partnerId = turns.shift();
      if (partnerId === undefined) return;
      const turn = takeTurn(partnerId)
        .catch((error: unknown) => {
          onError(error);
          return false; // the database is away: not before the next look
        })
        .then((more) => {
          busy.delete(partnerId);
          if (more) turns.push(partnerId);
          fill();
        });
      busy.set(partnerId, turn);
    }
  }

  return {
    look: async () => {
      for (const partnerId of await partnersDue('outside'))
        if (!busy.has(partnerId) && !turns.includes(partnerId)) turns.push(partnerId);
      fill();
    },
    stop: async () => {
      stopped = true;
      await Promise.all(busy.values());
    },
  };
}
