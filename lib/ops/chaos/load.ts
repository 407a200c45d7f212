import { setTimeout as wait } from 'node:timers/promises';
import { Api, codeOf } from './api.ts';
import { type Customer, consent, invite, newUser, withdraw } from './customers.ts';
import { Dice } from './dice.ts';
import type { House } from './house.ts';
import { cancel, claimRace, confirm, redeem, snoop, use } from './recipients.ts';
import type { Recorder } from './recorder.ts';
import type { Tenant } from './tenants.ts';

/** A token can be claimed 570 seconds after its issue (T11); a little more is pushed, for clocks that were read before. */
const ageSeconds = 600;
/** Now and then a wave is left for three weeks, so that what is opted in falls due for renewal (B-7). */
const longSeconds = 21 * 86_400;
/** Past the last replay of an outcome that stayed unknown (660 s), and past the 570 s of a renewal. */
const settledSeconds = 1300;
/** Take-over of a killed worker's lease: 45 s, and the sweep that comes once a minute (C-3). */
const leaseMs = 110_000;

/**
 * What customers and machines do all day, for one partner: a wave of consents, ten minutes of the sandbox, a wave of
 * claims, until told to stop. Whatever fails is left as it is; the checker sees what became of it.
 */
export class Load {
  readonly connections = new Set<string>();
  readonly #house: House;
  readonly #recorder: Recorder;
  readonly #tenant: Tenant;
  readonly #apis: readonly [Api, Api];
  readonly #stranger: Api;
  readonly #dice: Dice;
  #number = 0;

  constructor(house: House, recorder: Recorder, [tenant, stranger]: readonly [Tenant, Tenant], seed: number) {
    const api = (of: Tenant, machine: 0 | 1) => new Api(house.publicUrl, recorder, of, of.machines[machine]);
    this.#house = house;
    this.#recorder = recorder;
    this.#tenant = tenant;
    this.#apis = [api(tenant, 0), api(tenant, 1)];
    this.#stranger = api(stranger, 0);
    this.#dice = new Dice(seed, tenant.mark.slice(0, 2) + tenant.registrations.length);
  }

  get api(): Api {
    return this.#apis[0];
  }

  get tenant(): Tenant {
    return this.#tenant;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#wave(signal);
      } catch (error) {
        // The simulator or a page did not behave as the robots know it; that must show, and not end the load.
        this.#recorder.count(`robots failed: ${error instanceof Error ? error.message.slice(0, 80) : 'unknown'}`);
        await wait(200);
      }
    }
  }

  async #wave(signal: AbortSignal): Promise<void> {
    const kept = await Promise.all(Array.from({ length: this.#dice.between(2, 4) }, () => this.#connect()));
    if (signal.aborted) return;
    await this.advance(ageSeconds);
    for (const seconds of this.#dice.chance(0.25) ? [longSeconds, settledSeconds] : [])
      if (!signal.aborted) await this.advance(seconds);
    if (signal.aborted) return;
    await Promise.all(kept.flat().map((customer) => this.register(customer.connectionId)));
  }

  /**
   * Pushes this partner's clock to the end: a push with too much to do says what is left, and one that was killed holds the
   * clock for a minute. What is pushed twice only goes further.
   */
  async advance(seconds: number): Promise<boolean> {
    let left = seconds;
    for (const end = performance.now() + 3 * leaseMs; performance.now() < end; ) {
      const answer = await this.api.insist({ method: 'POST', path: '/sandbox/advance', body: { seconds: left } });
      if (answer?.status === 200) {
        left = (JSON.parse(answer.text) as { seconds_left?: number }).seconds_left ?? 0;
        if (left <= 0) return true;
      } else if (answer && codeOf(answer) === 'clock_moved') await wait(2000);
      else return false;
    }
    return false;
  }

  /** One customer, sometimes twice, sometimes with a second company of the same person (C-2 row 20). */
  async #connect(): Promise<Customer[]> {
    const dice = this.#dice;
    const registration = dice.pick(this.#tenant.registrations);
    const user = await newUser(this.#house);
    const customer = await this.#invited(registration, user);
    if (!customer) return [];
    const stage = { house: this.#house, recorder: this.#recorder, dice };
    const visitor = await consent(stage, customer, this.#tenant.partnerId);
    const kept = [customer];
    if (!visitor) {
      if (dice.chance(0.7)) await consent(stage, customer, this.#tenant.partnerId); // the link is open still
    } else if (dice.chance(0.05)) await withdraw(stage, visitor, customer);
    else if (dice.chance(0.15)) {
      const second = await this.#invited(registration, user, dice.chance(0.5) ? customer : undefined);
      if (second) await consent(stage, second, this.#tenant.partnerId);
      if (second && second.connectionId !== customer.connectionId) kept.push(second);
    }
    return kept;
  }

  async #invited(registration: Customer['registration'], user: string, again?: Customer): Promise<Customer | null> {
    if (!again) this.#number += 1;
    const name = again ? this.#nameOf(again.connectionId) : `${this.#tenant.mark} ${this.#number} B.V.`;
    const customer = await invite(this.api, registration, user, name);
    if (!customer) return null;
    this.#names.set(customer.connectionId, name);
    this.connections.add(customer.connectionId);
    return customer;
  }

  readonly #names = new Map<string, string>();
  #nameOf(connectionId: string): string {
    return this.#names.get(connectionId) ?? this.#tenant.mark;
  }

  /**
   * Once everything is quiet: what is held must come out. A renewal that came only now has its 570 s; one whose process was
   * killed waits for its lease to end, which is real time (design §5); and a push of the clock that was killed half-way
   * may have left dates that this sandbox has yet to reach.
   */
  async registerLate(connectionId: string): Promise<string | null> {
    let refused = await this.register(connectionId, true);
    const from = performance.now();
    for (let waited = 0; refused && waited < 2 * leaseMs; waited = performance.now() - from) {
      if (!/too_early|not_claimable/.test(refused)) return refused;
      if (/not_claimable/.test(refused)) await wait(5000);
      const least = waited < leaseMs ? settledSeconds : 86_400; // a replay may be one of those dates
      await this.advance(Math.max(least, await this.#secondsUntilClaim(connectionId)));
      refused = await this.register(connectionId, true);
    }
    return refused;
  }

  async #secondsUntilClaim(connectionId: string): Promise<number> {
    const shown = await this.api.read<{ grant: { claimable_from: string } | null }>(`/connections/${connectionId}`);
    const pushed = await this.api.insist({ method: 'POST', path: '/sandbox/advance', body: { seconds: 1 } });
    if (!shown?.grant || pushed?.status !== 200) return 0;
    const { now } = JSON.parse(pushed.text) as { now: string };
    return Math.ceil((Date.parse(shown.grant.claimable_from) - Date.parse(now)) / 1000) + 1;
  }

  /** Claimed by several machines at once, redeemed, used, confirmed; each step is sometimes left out or done twice. */
  async register(connectionId: string, patient = false): Promise<string | null> {
    const dice = this.#dice;
    const stage = { simulatorUrl: this.#house.simulatorUrl, recorder: this.#recorder, dice };
    const { winner, code } = await claimRace(this.#apis, connectionId);
    if (!winner) return code ?? 'unknown';
    const handoff = { id: winner.id, connectionId };
    if (!patient && dice.chance(0.08)) {
      await cancel(winner.api, handoff);
      return null;
    }
    const others = [...this.#apis.filter((api) => api !== winner.api), this.#stranger];
    const nosy = dice.chance(0.3) ? snoop(stage, others, handoff) : Promise.resolve();
    const bundle = await redeem(stage, winner.api, handoff);
    await nosy;
    if (!bundle) return 'redeem was refused';
    if (dice.chance(0.3)) await snoop(stage, [winner.api, ...others], handoff);
    await use(stage, bundle);
    if (patient || dice.chance(0.85)) await confirm(winner.api, handoff, bundle);
    return null;
  }
}
