import fc from 'fast-check';
import { renewThrough } from '../../custody/core/flow.ts';
import type { Policy } from '../../simulator/core/policy.ts';
import { type FaultKind, faults, paperExact } from './exact.ts';
import { type Grant, House, type Planted } from './house.ts';
import { Judge, type Verdict } from './judge.ts';
import { type Worker, workerOn } from './worker.ts';

export type Command =
  | { do: 'step' | 'run' | 'kill'; worker: number }
  | { do: 'pass'; seconds: number }
  | {
      do: 'until_due' | 'consent' | 'foreign' | 'withdraw' | 'claim' | 'redeem' | 'spend' | 'confirm' | 'cancel';
    }
  | { do: 'fault'; kind: FaultKind; times: number }
  | { do: 'away' | 'opt' | 'rotates'; yes: boolean }
  | { do: 'hiccup'; how: 'refuses' | 'commit_lost' };

const day = 86_400;
/** Around every limit of the table: the lease, the 570 s, the slots, the ten minutes, hours, days. */
const spans = [1, 10, 20, 46, 100, 300, 520, 571, 575, 581, 590, 605, 640, 700, 3601, day, 7 * day, 20 * day];
const workers = [0, 1, 2];

const simple = (kind: 'until_due') => fc.constant<Command>({ do: kind });
const ofWorker = (kind: 'step' | 'run' | 'kill') =>
  fc.constantFrom(...workers).map((worker): Command => ({ do: kind, worker }));
const switched = (kind: 'away' | 'opt' | 'rotates') => fc.boolean().map((yes): Command => ({ do: kind, yes }));

/** What can happen, the usual more often than the rare. */
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: ofWorker('step') },
  { weight: 6, arbitrary: ofWorker('run') },
  { weight: 3, arbitrary: ofWorker('kill') },
  { weight: 8, arbitrary: fc.constantFrom(...spans).map((seconds): Command => ({ do: 'pass', seconds })) },
  { weight: 5, arbitrary: simple('until_due') },
  {
    weight: 5,
    arbitrary: fc
      .record({ kind: fc.constantFrom(...faults), times: fc.constantFrom(1, 1, 2, 6) })
      .map((fault): Command => ({ do: 'fault', ...fault })),
  },
  { weight: 1, arbitrary: switched('away') },
  { weight: 2, arbitrary: fc.constantFrom('refuses', 'commit_lost').map((how): Command => ({ do: 'hiccup', how })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Command>({ do: 'consent' }, { do: 'foreign' }, { do: 'withdraw' }),
  },
  { weight: 3, arbitrary: fc.constantFrom<Command>({ do: 'claim' }, { do: 'redeem' }, { do: 'spend' }) },
  { weight: 1, arbitrary: fc.constantFrom<Command>({ do: 'confirm' }, { do: 'cancel' }) },
  { weight: 1, arbitrary: fc.oneof(switched('opt'), switched('rotates')) },
);
export const commands = (maxLength: number) => fc.array(command, { minLength: 1, maxLength, size: 'max' });

/** A house with one sealed consent that is to be renewed, and what may befall it. */
export class Walk {
  readonly exact;
  readonly house: House;
  readonly judge: Judge;
  readonly #workers: (Worker | null)[] = workers.map(() => null);
  readonly #handedOver: string[] = [];

  constructor(policy: Policy, planted: Planted | null = null) {
    this.exact = paperExact(policy);
    this.house = new House(this.exact, planted);
    this.judge = new Judge(policy, this.exact, this.house);
    this.house.consent();
  }

  get grant(): Grant {
    const newest = this.house.grants.at(-1);
    if (!newest) throw new Error('there is a grant from the beginning');
    return newest;
  }

  /** The spool is emptied every few seconds; a process does not stand still for days, it is gone. */
  pass(seconds: number): void {
    if (seconds >= day) for (const each of this.#workers) each?.kill();
    this.house.drain();
    this.exact.pass(seconds);
    this.house.age();
  }

  #until(moment: Date | null): void {
    const wait = moment ? Math.ceil((moment.getTime() - this.exact.now().getTime()) / 1000) : 0;
    if (wait > 0) this.pass(wait);
  }

  /** The worker that is at it, or a new one on the newest grant. */
  worker(index: number): Worker {
    const standing = this.#workers[index];
    if (standing && !standing.ended) return standing;
    const fresh = workerOn(this.judge.watched(this.grant.id));
    this.#workers[index] = fresh;
    return fresh;
  }

  async act(command: Command): Promise<void> {
    const { grant, house, exact } = this;
    switch (command.do) {
      case 'step':
        return this.worker(command.worker).step();
      case 'run':
        return void (await this.worker(command.worker).run());
      case 'kill':
        return this.#workers[command.worker]?.kill();
      case 'pass':
        return this.pass(command.seconds);
      case 'until_due':
        return this.#until(grant.renewAt);
      case 'fault':
        return exact.plan(command.kind, command.times);
      case 'away':
        house.away = command.yes;
        return;
      case 'hiccup':
        house.hiccup = command.how;
        return;
      case 'consent':
        return house.away ? undefined : house.consent();
      case 'foreign':
        return void exact.spend(grant.token, 'foreign');
      case 'withdraw':
        return exact.withdraw();
      case 'rotates':
        return exact.rotatesWhenTooEarly(command.yes);
      case 'opt':
        return house.away ? undefined : house.opt(command.yes);
      case 'claim':
        return house.claim(grant);
      case 'cancel':
        return house.cancel(grant);
      case 'confirm':
        return house.confirm(grant);
      case 'redeem': {
        const token = house.redeem(grant);
        if (token) this.#handedOver.push(token);
        return;
      }
      case 'spend': {
        const token = this.#handedOver.at(-1);
        return token === undefined ? undefined : void exact.spend(token, 'recipient');
      }
    }
  }

  /** All faults end, whoever stood still comes back, and two hours pass with a sweep whenever something is due. */
  async quiet(): Promise<void> {
    const { house, exact } = this;
    exact.plan('busy', 0);
    house.away = false;
    house.hiccup = null;
    this.pass(0);
    for (const each of this.#workers) await each?.run();
    const until = exact.now().getTime() + 7_200_000;
    for (let looks = 0; ; looks += 1) {
      if (looks > 1000) throw new Error('the house never comes to rest');
      for (const { id } of house.grants) await renewThrough(this.judge.watched(id)).catch(() => 'failed');
      const next = house.nextWork();
      if (!next || next.getTime() > until) break;
      this.#until(next.getTime() > exact.now().getTime() ? next : new Date(exact.now().getTime() + 1000));
    }
    this.#until(new Date(until));
  }

  async verdict(): Promise<Verdict> {
    await this.quiet();
    return this.judge.verdict();
  }
}

/** One walk from its beginning to two quiet hours later. */
export async function walk(
  policy: Policy,
  deeds: readonly Command[],
  planted: Planted | null = null,
): Promise<Verdict> {
  const started = new Walk(policy, planted);
  await started.act({ do: 'until_due' });
  for (const each of deeds) await started.act(each);
  return started.verdict();
}
