import fc from 'fast-check';
import { renewThrough } from '../../custody/core/flow.ts';
import type { Policy } from '../../simulator/core/policy.ts';
import type { CustodyHouse, Hiccup, Planted, Seen, SeenGrant } from './custody.ts';
import { type Exact, type FaultKind, faults, paperExact } from './exact.ts';
import { House } from './house.ts';
import { Judge, type Verdict } from './judge.ts';
import { type Worker, workerOn } from './worker.ts';

export type Command =
  | { do: 'step' | 'run' | 'kill'; worker: number }
  | { do: 'pass'; seconds: number }
  | {
      do:
        | 'until_due'
        | 'consent'
        | 'foreign'
        | 'withdraw'
        | 'take_back'
        | 'claim'
        | 'redeem'
        | 'spend'
        | 'confirm'
        | 'cancel';
    }
  | { do: 'fault'; kind: FaultKind; times: number }
  | { do: 'away' | 'opt' | 'rotates'; yes: boolean }
  | { do: 'hiccup'; how: Hiccup }
  | { do: 'together'; deeds: Command[] };

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
    arbitrary: fc.constantFrom<Command>({ do: 'consent' }, { do: 'foreign' }, { do: 'withdraw' }, { do: 'take_back' }),
  },
  { weight: 3, arbitrary: fc.constantFrom<Command>({ do: 'claim' }, { do: 'redeem' }, { do: 'spend' }) },
  { weight: 1, arbitrary: fc.constantFrom<Command>({ do: 'confirm' }, { do: 'cancel' }) },
  { weight: 1, arbitrary: fc.oneof(switched('opt'), switched('rotates')) },
);
export const commands = (maxLength: number) => fc.array(command, { minLength: 1, maxLength, size: 'max' });

/** Two workers, or a worker and somebody else, at the same moment: who comes first is the database's to say. */
const together = fc
  .tuple(
    ofWorker('step'),
    fc.oneof(
      ofWorker('step'),
      ofWorker('run'),
      switched('opt'),
      fc.constantFrom<Command>({ do: 'claim' }, { do: 'cancel' }, { do: 'redeem' }),
      fc.constantFrom<Command>({ do: 'consent' }, { do: 'take_back' }),
    ),
  )
  .filter(([one, other]) => !('worker' in one && 'worker' in other && one.worker === other.worker))
  .map((deeds): Command => ({ do: 'together', deeds }));
const either = fc.oneof({ weight: 45, arbitrary: command }, { weight: 20, arbitrary: together });
export const commandsTogether = (maxLength: number) => fc.array(either, { minLength: 1, maxLength, size: 'max' });

export const step = (worker: number): Command => ({ do: 'step', worker });
export const run = (worker: number): Command => ({ do: 'run', worker });
export const kill = (worker: number): Command => ({ do: 'kill', worker });
export const pass = (seconds: number): Command => ({ do: 'pass', seconds });
export const times = (count: number, deed: Command): Command[] => Array.from({ length: count }, () => deed);

const ofThree = [...workers.flatMap((worker) => times(5, step(worker))), pass(46), pass(46), pass(540), pass(20)];
/** Three workers' steps in any order, while their leases end and the slots open. */
export const orderOfThree = fc.shuffledSubarray(ofThree, { minLength: ofThree.length });

/** Of the six stops of a worker, those that come before a call. */
const calls = [0, 1, 2, 3, 4, 5];

/** One worker killed at each of its stops, and a second one, after each fault. */
export function* crashes(): Generator<Command[]> {
  for (const kind of [null, ...faults])
    for (const [first, second] of calls.flatMap((a) => calls.map((b) => [a, b] as const)))
      for (const between of [46, 575, 581]) {
        const fault: Command[] = kind ? [{ do: 'fault', kind, times: 1 }] : [];
        const one = [...times(first, step(0)), kill(0), pass(46), run(2), pass(between)];
        yield [...fault, ...one, ...times(second, step(1)), kill(1), pass(600)];
      }
}

const others: readonly Command[] = [
  { do: 'take_back' },
  { do: 'consent' },
  { do: 'opt', yes: false },
  { do: 'foreign' },
  { do: 'withdraw' },
  { do: 'claim' },
];
/** Somebody else between any two steps of a worker, who then goes on or is killed. */
export function* intrusions(): Generator<Command[]> {
  for (const other of others)
    for (const before of [1, 2, 3, 4])
      for (const then of [run(0), kill(0)])
        yield [...times(before, step(0)), other, then, pass(46), run(1), pass(581), run(2)];
}

/**
 * A worker presents a replay and stands still with the answer while the slots close: somebody else finds the old token dead
 * and an earlier answer in the house. With what may come of that, and how it ends.
 */
export function outrunWalks(): { what: string; deeds: Command[]; seen: string[]; unavoidable: number }[] {
  const standing = [step(1), step(1), pass(575), step(2), pass(10), pass(10), step(0), run(1), step(0)];
  const promoted = [...standing, pass(3_601), run(1), pass(3_601), run(1)];
  const claimed: Command[] = [{ do: 'claim' }, run(0), pass(61), pass(61), { do: 'cancel' }, pass(61)];
  const stopped: Command[] = [{ do: 'opt', yes: false }, pass(7 * day)];
  return [
    {
      what: 'its answer never comes: the earlier one is sealed with a doubt, presented soon, and told as lost',
      deeds: [...standing, pass(7 * day)],
      seen: ['promoted', 'lost', 'answer_lost'],
      unavoidable: 1,
    },
    {
      what: 'where the partner has stopped renewing the doubt stays',
      deeds: [...standing, ...stopped],
      seen: ['promoted', 'sealed'],
      unavoidable: 1,
    },
    {
      what: 'its answer takes the place of the one in doubt',
      deeds: [...promoted, run(0), pass(61)],
      seen: ['promoted', 'sealed'],
      unavoidable: 0,
    },
    {
      what: 'its answer brings the grant back when the one in doubt was found dead',
      deeds: [...promoted, pass(600), run(2), run(2), run(0), pass(61)],
      seen: ['promoted', 'lost', 'sealed'],
      unavoidable: 0,
    },
    {
      what: 'its answer waits while the one in doubt is claimed',
      deeds: [...promoted, ...claimed],
      seen: ['promoted', 'sealed'],
      unavoidable: 0,
    },
  ];
}

/** What became of everything, for a comparison of houses: ids of renewals are each house's own. */
export type Outcome = { trace: string[]; grants: SeenGrant[]; renewals: object[]; handoffs: object[]; held: string[] };

/** A house with one sealed consent that is to be renewed, and what may befall it. */
export class Walk {
  readonly #exact: Exact;
  readonly #house: CustodyHouse;
  readonly #judge: Judge;
  readonly #workers: (Worker | null)[] = workers.map(() => null);
  readonly #handedOver: string[] = [];
  /** Where the workers stood after each deed. */
  readonly #trace: string[] = [];

  private constructor(policy: Policy, exact: Exact, house: CustodyHouse) {
    this.#exact = exact;
    this.#house = house;
    this.#judge = new Judge(policy, exact, house);
  }

  static async begin(policy: Policy, exact: Exact, house: CustodyHouse): Promise<Walk> {
    const begun = new Walk(policy, exact, house);
    await house.consent();
    await begun.act({ do: 'until_due' });
    return begun;
  }

  get #newest(): string {
    const newest = this.#house.grantIds.at(-1);
    if (!newest) throw new Error('there is a grant from the beginning');
    return newest;
  }

  async #grant(): Promise<SeenGrant> {
    const found = (await this.#house.see()).grants.find(({ id }) => id === this.#newest);
    if (!found) throw new Error(`no grant ${this.#newest}`);
    return found;
  }

  /** The spool is emptied every few seconds; a process does not stand still for days, it is gone. */
  async #pass(seconds: number): Promise<void> {
    if (seconds >= day) for (const each of this.#workers) each?.kill();
    await this.#house.drain();
    this.#exact.pass(seconds);
    await this.#house.age();
  }

  async #until(moment: Date | null): Promise<void> {
    const wait = moment ? Math.ceil((moment.getTime() - this.#exact.now().getTime()) / 1000) : 0;
    if (wait > 0) await this.#pass(wait);
  }

  /** The worker that is at it, or a new one on the newest grant. */
  #worker(index: number): Worker {
    const standing = this.#workers[index];
    if (standing && !standing.ended) return standing;
    const fresh = workerOn(this.#judge.watched(this.#newest));
    this.#workers[index] = fresh;
    return fresh;
  }

  async act(command: Command): Promise<void> {
    await this.#do(command);
    this.#trace.push([command.do, ...this.#workers.map((each) => each && (each.ended ?? each.at))].join(' '));
  }

  /** A newer consent takes its customer a second at least. */
  async #consentAgain(): Promise<void> {
    await this.#pass(1);
    await this.#house.consent();
  }

  async #takeBack(): Promise<void> {
    if (this.#house.weather.away) return;
    const before = [...this.#house.grantIds];
    await this.#house.takeBack();
    this.#judge.takenBack(before);
  }

  async #do(command: Command): Promise<void> {
    const [house, exact] = [this.#house, this.#exact];
    switch (command.do) {
      case 'step':
        return this.#worker(command.worker).step();
      case 'run':
        return void (await this.#worker(command.worker).run());
      case 'kill':
        return this.#workers[command.worker]?.kill();
      case 'together':
        return void (await Promise.all(command.deeds.map((deed) => this.#do(deed))));
      case 'pass':
        return this.#pass(command.seconds);
      case 'until_due':
        return this.#until((await this.#grant()).renewAt);
      case 'fault':
        return exact.plan(command.kind, command.times);
      case 'away':
        house.weather.away = command.yes;
        return;
      case 'hiccup':
        house.weather.hiccup = command.how;
        return;
      case 'consent':
        return house.weather.away ? undefined : this.#consentAgain();
      case 'foreign':
        return void exact.spend((await this.#grant()).token, 'foreign');
      case 'withdraw':
        return exact.withdraw();
      case 'take_back':
        return this.#takeBack();
      case 'rotates':
        return exact.rotatesWhenTooEarly(command.yes);
      case 'opt':
        return house.opt(command.yes);
      case 'claim':
        return house.claim(this.#newest);
      case 'cancel':
        return house.cancel(this.#newest);
      case 'confirm':
        return house.confirm(this.#newest);
      case 'redeem': {
        const token = await house.redeem(this.#newest);
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
  async #quiet(): Promise<void> {
    const [house, exact] = [this.#house, this.#exact];
    exact.plan('busy', 0);
    Object.assign(house.weather, { away: false, hiccup: null });
    await this.#pass(0);
    for (const each of this.#workers) await each?.run();
    const until = exact.now().getTime() + 7_200_000;
    for (let looks = 0; ; looks += 1) {
      if (looks > 1000) throw new Error('the house never comes to rest');
      for (const id of house.grantIds)
        this.#trace.push(await renewThrough(this.#judge.watched(id)).catch(() => 'failed'));
      const next = await house.nextWork();
      if (!next || next.getTime() > until) break;
      await this.#until(next.getTime() > exact.now().getTime() ? next : new Date(exact.now().getTime() + 1000));
    }
    await this.#until(new Date(until));
  }

  async end(): Promise<{ verdict: Verdict; outcome: Outcome }> {
    await this.#quiet();
    const seen = await this.#house.see();
    return { verdict: this.#judge.verdict(seen), outcome: { ...comparable(seen), trace: this.#trace } };
  }
}

const comparable = ({ grants, renewals, handoffs, held }: Seen): Omit<Outcome, 'trace'> => ({
  grants: grants.map(
    ({ id, chain, custody, cause, token, outrun, generation, issuedAt, lapsesAt, renewAt, fruitless }) => {
      return { id, chain, custody, cause, token, outrun, generation, issuedAt, lapsesAt, renewAt, fruitless };
    },
  ),
  renewals: renewals.map(({ grantId, outcome, epoch, presentations }) => ({ grantId, outcome, epoch, presentations })),
  handoffs,
  held,
});

/** One walk through a house, from its beginning to two quiet hours later. */
export async function walkThrough(policy: Policy, exact: Exact, house: CustodyHouse, deeds: readonly Command[]) {
  const begun = await Walk.begin(policy, exact, house);
  for (const each of deeds) await begun.act(each);
  return begun.end();
}

/** One walk through the house of maps. `names` are the ids of its grants, as another house has named them. */
export async function walkMaps(
  policy: Policy,
  deeds: readonly Command[],
  planted: Planted | null = null,
  names: readonly string[] = [],
  mark = '',
): Promise<{ verdict: Verdict; outcome: Outcome }> {
  const exact = paperExact(policy, mark);
  return walkThrough(policy, exact, new House(exact, planted, names), deeds);
}

export const walk = async (policy: Policy, deeds: readonly Command[], planted: Planted | null = null) =>
  (await walkMaps(policy, deeds, planted)).verdict;
