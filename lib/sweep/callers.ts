import { inTenant } from '../db/index.ts';
import { seconds } from '../kernel/clock.ts';
import { openCtx } from '../tenancy/index.ts';
import { type Found, nextRun, partnersDue, type Reach } from './due.ts';
import { doOutside } from './outside.ts';

type Pace = {
  /** So many things are under way at a time; a provider that hangs holds each for 30 s, an endpoint for 25 s. */
  lanes: number;
  /** So many things are begun in a second, also when an outage of days is over (D16). */
  perSecond: number;
};
const paces = {
  urgent: { lanes: 8, perSecond: 100 },
  planned: { lanes: 8, perSecond: 2 },
  endpoint: { lanes: 16, perSecond: 50 },
  bulk: { lanes: 2, perSecond: 100 }, // nobody outside is asked; the rest of the database is for requests
} as const satisfies Partial<Record<Reach, Pace>>;

export type Callers = {
  /** Looks for work, and comes back at once. Called every few seconds. */
  look(): Promise<void>;
  /** Begins nothing more; resolves when what is under way has ended. */
  stop(): Promise<void>;
};

/**
 * Does what asks the provider or a recipient, or goes on for long, apart from everything else: partners take turns, one thing at a time each, so that neither
 * a provider that hangs nor a partner with thousands of renewals holds up another (B-4), or its own reminders and
 * lapses. What is urgent has callers of its own: it waits behind no first presentation. What fails is reported and comes
 * up again after the others.
 */
export function callersOf(
  reach: keyof typeof paces,
  onError: (error: unknown) => void,
  { lanes, perSecond }: Pace = paces[reach],
): Callers {
  const turns: string[] = [];
  const busy = new Map<string, Promise<void>>();
  /** Where each partner's turn ended: what stays due does not hide what comes after it. */
  const reached = new Map<string, Found>();
  let nextStart = 0;
  let stopped = false;

  async function pace(): Promise<void> {
    const now = performance.now(); // a clock that jumps stops nobody (D19)
    const start = Math.max(now, nextStart);
    nextStart = start + seconds(1) / perSecond;
    if (start > now) await new Promise((resolve) => setTimeout(resolve, start - now));
  }

  /** One thing of a partner's; whether there may be more. */
  async function takeTurn(partnerId: string): Promise<boolean> {
    const ctx = await openCtx(partnerId, { kind: 'system', id: 'sweep' });
    if (!ctx) return false;
    const last = reached.get(partnerId) ?? null;
    const [due] = await inTenant(partnerId, (tx) => nextRun(tx, partnerId, ctx.clock.now(), last, reach));
    if (!due) {
      reached.delete(partnerId);
      return false;
    }
    reached.set(partnerId, due);
    await pace();
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
      for (const partnerId of await partnersDue(reach))
        if (!busy.has(partnerId) && !turns.includes(partnerId)) turns.push(partnerId);
      fill();
    },
    stop: async () => {
      stopped = true;
      await Promise.all(busy.values());
    },
  };
}
