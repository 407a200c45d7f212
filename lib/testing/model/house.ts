import {
  beginning,
  endsAs,
  isOutrun,
  issuedBy,
  lateSuccessor,
  leaseSeconds,
  mayStillSend,
  type RenewalPorts,
  type RenewalResult,
  tellsTheLast,
} from '../../custody/core/flow.ts';
import { type Decision, decide, proofDue, type Reading, renewFrom, renewUntil } from '../../custody/core/renewal.ts';
import { confirmBefore, earliestClaim, lapse, lastClaim, redeemBefore } from '../../custody/core/windows.ts';
import { earlier, minutes, plus, seconds } from '../../kernel/clock.ts';
import type { CustodyHouse, Job, Planted, Seen, SeenGrant, Weather } from './custody.ts';
import { type Came, type Exact, readCame } from './exact.ts';

type Grant = SeenGrant & { identity: 'matched' };
type Renewal = {
  id: string;
  grantId: string;
  generation: number;
  epoch: number;
  leaseUntil: Date | null;
  startedAt: Date;
  sentAt: Date;
  dueAt: Date | null;
  unknownSince: Date | null;
  outcome: string | null;
  presentations: number;
  presentedEpochs: number[];
};
type Answer = {
  id: string;
  renewalId: string;
  epoch: number;
  keptAt: Date;
  role: 'unread' | 'candidate' | 'predecessor' | 'done';
  came: Came;
  token: string | null;
};
type Handoff = { grantId: string; status: string; redeemBefore: Date; confirmBefore: Date | null };
const lease = seconds(leaseSeconds);
const unusedDays = 30;

/**
 * Custody without a database: rows in maps, transactions that happen at once or not at all, a spool. What to do comes
 * from core (`beginning`, `decide`), as in the product; only its doing is written again here.
 */
export class House implements CustodyHouse {
  readonly weather: Weather = { away: false, hiccup: null };
  readonly #grants: Grant[] = [];
  readonly #renewals: Renewal[] = [];
  readonly #answers: Answer[] = [];
  readonly #handoffs: Handoff[] = [];
  readonly #spool: Answer[] = [];
  readonly #exact: Exact;
  readonly #planted: Planted | null;
  readonly #names: readonly string[];
  #optedIn = true;
  #takenBack = false;
  #ids = 0;

  /** `names` are the ids of its grants, where another house has named them already. */
  constructor(exact: Exact, planted: Planted | null = null, names: readonly string[] = []) {
    this.#exact = exact;
    this.#planted = planted;
    this.#names = names;
  }

  get #now(): Date {
    return this.#exact.now();
  }
  #id = (kind: string) => `${kind}_${++this.#ids}`;

  #tx<T>(deed: () => T): T {
    const befalls = this.weather.hiccup;
    this.weather.hiccup = null;
    if (this.weather.away || befalls === 'refuses') throw new Error('the database refuses');
    const done = deed();
    if (befalls === 'commit_lost') throw new Error('the connection was lost after the commit');
    return done;
  }

  #grant(id: string): Grant {
    const found = this.#grants.find((grant) => grant.id === id);
    if (!found) throw new Error(`no grant ${id}`);
    return found;
  }
  #openRenewal = (grantId: string) => this.#renewals.find((each) => each.grantId === grantId && !each.outcome);

  get grantIds(): string[] {
    return this.#grants.map(({ id }) => id);
  }

  async consent(): Promise<void> {
    const token = this.#exact.consent();
    this.#takenBack = false;
    for (const old of this.#grants.filter(({ custody }) => ['sealed', 'renewing', 'claimed'].includes(custody))) {
      Object.assign(old, { custody: 'superseded', cause: 'superseded', renewAt: null });
      for (const each of this.#handoffs)
        if (each.grantId === old.id && each.status === 'claimed') each.status = 'cancelled';
    }
    const [id, issuedAt] = [this.#names[this.#grants.length] ?? this.#id('grt'), this.#now];
    const lapsesAt = lapse(issuedAt, unusedDays);
    const more = {
      identity: 'matched',
      fruitless: 0,
      cause: null,
      outrun: false,
      generation: 0,
      renewAt: null,
    } as const;
    const chain = this.#exact.chainOf(token);
    const grant: Grant = { id, chain, custody: 'sealed', token, issuedAt, lapsesAt, ...more };
    this.#grants.push({ ...grant, renewAt: this.#planned(grant) });
  }

  /** When a grant is renewed, if the partner opted in; at once when that is past. */
  #planned({ id, issuedAt, lapsesAt }: Grant): Date | null {
    const planned = renewFrom(issuedAt, lapsesAt, id);
    return this.#optedIn ? (planned > this.#now ? planned : this.#now) : null;
  }

  ports(grantId: string): RenewalPorts<Job, Came> {
    return {
      begin: async () => this.#tx(() => this.#begin(this.#grant(grantId))),
      present: async ({ token, begunAt }) =>
        mayStillSend(begunAt, this.#now) ? this.#exact.present(token) : { kind: 'unsent', response: null },
      keep: async (job, came) => this.#keep(job, came),
      settle: async (job, answerId, otherwise) => this.#tx(() => this.#settle(job, answerId, otherwise)),
    };
  }

  #begin(grant: Grant): Job | RenewalResult {
    const now = this.#now;
    const running = this.#openRenewal(grant.id);
    const unread = running && this.#lastUnread(running);
    const found = running && {
      leaseOver: running.leaseUntil === null || running.leaseUntil < now,
      inFlight: running.leaseUntil !== null,
      dueAt: running.dueAt,
      unread: unread !== undefined,
      over: this.#over(grant),
    };
    const first = beginning(grant, found ?? null, now);
    const next = first === 'wait' && this.#planted === 'probe_at_once' ? 'present' : first;
    if (next === 'forget') grant.renewAt = null;
    if (next === 'nothing' || next === 'forget') return 'skipped';
    if (next === 'open') return this.#open(grant, now);
    if (!running) throw new Error('nothing is running');
    Object.assign(running, { epoch: running.epoch + 1, dueAt: null, leaseUntil: plus(now, lease) });
    if (next === 'close') return this.#end(running, 'overtaken');
    if (next === 'end' && this.#over(grant) === 'expired' && this.#of(running, 'candidate').length > 0)
      return this.#settle(this.#job(grant, running), null, { kind: 'dead', cause: 'expired' });
    if (next === 'end') return this.#die(grant, running, this.#over(grant) ?? 'expired', true);
    if (next === 'wait') return this.#waitForSlots(grant, running);
    if (next === 'read') return this.#settle(this.#job(grant, running), unread?.id ?? null, { kind: 'lost' });
    running.presentedEpochs.push(running.epoch);
    Object.assign(running, { sentAt: now, presentations: running.presentations + 1 });
    return this.#job(grant, running);
  }

  #over(grant: Grant): 'expired' | 'withdrawn' | null {
    if (this.#now >= grant.lapsesAt) return 'expired';
    return this.#takenBack ? 'withdrawn' : null;
  }

  #waitForSlots(grant: Grant, running: Renewal): 'waiting' {
    const unknownSince = running.unknownSince ?? running.sentAt;
    const facts = { ...this.#facts(grant, running), candidates: 0, unknownSince };
    return this.#wait(running, decide(facts, { kind: 'lost' }, this.#now));
  }

  #die(grant: Grant, running: Renewal, cause: string, unknown: boolean): 'ended' {
    Object.assign(grant, { custody: 'dead', cause });
    this.#end(running, endsAs(cause, unknown));
    return 'ended';
  }

  #lastUnread(running: Renewal): Answer | undefined {
    const [newest] = this.#of(running, 'unread');
    const kept = this.#answers.filter((each) => each.renewalId === running.id && each.role !== 'predecessor');
    return newest && tellsTheLast(newest, running, kept.length) ? newest : undefined;
  }

  #open(grant: Grant, now: Date): Job {
    Object.assign(grant, { custody: 'renewing', renewAt: null });
    const times = { leaseUntil: plus(now, lease), startedAt: now, sentAt: now, dueAt: null, unknownSince: null };
    const of = { grantId: grant.id, generation: grant.generation };
    const renewal = {
      id: this.#id('ren'),
      ...of,
      epoch: 1,
      outcome: null,
      presentations: 1,
      presentedEpochs: [1],
      ...times,
    };
    this.#renewals.push(renewal);
    return this.#job(grant, renewal);
  }

  #job = (grant: Grant, { id, epoch }: Renewal): Job => ({
    renewalId: id,
    epoch,
    begunAt: this.#now,
    grantId: grant.id,
    token: grant.token,
  });

  #keep(job: Job, came: Came): string | null {
    if (!came.response) return null;
    const { renewalId, epoch } = job;
    const answer: Answer = {
      id: this.#id('ans'),
      renewalId,
      epoch,
      keptAt: this.#now,
      role: 'unread',
      came,
      token: null,
    };
    this.weather.hiccup = null; // the product tries again before it takes the spool
    if (this.weather.away) this.#spool.push(answer);
    else this.#answers.push(answer);
    return answer.id;
  }

  async drain(): Promise<void> {
    if (!this.weather.away) this.#answers.push(...this.#spool.splice(0));
  }

  #settle(job: Job, answerId: string | null, otherwise: Reading): RenewalResult {
    const grant = this.#grant(job.grantId);
    const running = this.#openRenewal(grant.id);
    const fenced = this.#planted === 'epoch_unchecked' ? false : running?.epoch !== job.epoch;
    const ours = running?.id === job.renewalId && !fenced;
    if (!ours && this.#planted === 'candidate_dropped') this.#drop(answerId);
    if (!running || !ours) return 'overtaken';
    const reading = this.#read(grant, answerId) ?? otherwise;
    for (const other of this.#of(running, 'unread')) this.#read(grant, other.id);
    if (grant.custody !== 'renewing') return this.#end(running, 'overtaken');
    const facts = this.#facts(grant, running);
    const candidates = facts.candidates - (reading.kind === 'issued' ? 1 : 0);
    return this.#carryOut(grant, running, job, decide({ ...facts, candidates }, reading, this.#now));
  }

  #facts = (grant: Grant, running: Renewal) => ({
    lastIssuedAt: grant.issuedAt,
    sentAt: running.sentAt,
    unknownSince: running.unknownSince,
    candidates: this.#of(running, 'candidate').length,
    outrun: this.#outrun(running),
    doubted: grant.outrun,
    fruitless: grant.fruitless,
  });

  #outrun(running: Renewal): boolean {
    const [newest] = this.#of(running, 'candidate');
    const kept = this.#answers.filter((each) => each.renewalId === running.id && each.role !== 'predecessor');
    return (
      newest !== undefined &&
      isOutrun(
        newest.epoch,
        running,
        kept.map(({ epoch }) => epoch),
      )
    );
  }

  #read(grant: Grant, answerId: string | null): Reading | null {
    const answer = this.#answers.find(({ id }) => id === answerId);
    const read = answer?.role === 'unread' ? readCame(answer.came, grant.token) : null;
    if (!answer || !read) return null;
    answer.token = read.token;
    answer.role = read.token ? 'candidate' : 'done';
    return read.reading;
  }

  #drop(answerId: string | null): void {
    for (const each of this.#answers) if (each.id === answerId) each.role = 'done';
  }

  /** Answers that turned up when their renewal had ended. */
  #readLate(): void {
    for (const answer of this.#answers.filter(({ role }) => role === 'unread')) {
      const renewal = this.#renewals.find(({ id }) => id === answer.renewalId);
      if (!renewal?.outcome || plus(answer.keptAt, readSpan) > this.#now) continue;
      const grant = this.#grant(renewal.grantId);
      const then = lateSuccessor({
        outcome: renewal.outcome,
        successors: grant.generation - renewal.generation,
        outrun: grant.outrun,
        custody: grant.custody,
        lastOutcome: this.#renewals.findLast(({ grantId }) => grantId === grant.id)?.outcome ?? null,
        withdrawn: this.#takenBack,
        newerConsent: grant !== this.#grants.at(-1),
      });
      if (then === 'wait') continue;
      this.#read(grant, answer.id);
      if (then === 'adopt' && answer.token) this.#adopt(grant, renewal, this.#outrun(renewal));
      else answer.role = 'done';
    }
  }

  #of = ({ id }: Renewal, role: Answer['role']) =>
    this.#answers.filter((each) => each.renewalId === id && each.role === role).toSorted(newestFirst);

  #carryOut(grant: Grant, running: Renewal, job: Job, decision: Decision): RenewalResult {
    switch (decision.do) {
      case 'renew':
      case 'promote':
        this.#end(running, decision.do === 'renew' ? 'renewed' : 'promoted', false);
        this.#adopt(grant, running, decision.do === 'promote' && decision.outrun);
        this.#answers.push({ ...this.#predecessorOf(job), renewalId: running.id });
        return 'renewed';
      case 'ask_again':
        return this.#wait(running, decision);
      case 'put_back': {
        const { retryAt } = decision;
        const renewAt = retryAt && this.#optedIn && retryAt < renewUntil(grant.lapsesAt) ? retryAt : null;
        Object.assign(grant, { custody: 'sealed', renewAt, fruitless: grant.fruitless + 1 });
        if (this.#takenBack) this.#shred(grant);
        this.#end(running, 'unchanged');
        return 'unchanged';
      }
      case 'end':
        return this.#die(grant, running, decision.cause, running.unknownSince !== null || grant.outrun);
    }
  }

  #wait(running: Renewal, decision: Decision): 'waiting' {
    if (decision.do !== 'ask_again') throw new Error('an unknown outcome waits');
    Object.assign(running, { dueAt: decision.at, leaseUntil: null });
    running.unknownSince ??= running.sentAt;
    return 'waiting';
  }

  #end(running: Renewal, outcome: string, shred = true): 'overtaken' {
    Object.assign(running, { outcome, dueAt: null, leaseUntil: null });
    if (shred) this.#shredCandidates(running);
    return 'overtaken';
  }

  #shredCandidates({ id }: Renewal): void {
    for (const each of this.#answers) if (each.renewalId === id && each.role === 'candidate') each.role = 'done';
  }

  #predecessorOf = ({ epoch, token }: Job): Omit<Answer, 'renewalId'> => {
    const came: Came = { kind: 'unknown', response: null };
    return { id: this.#id('ans'), epoch, keptAt: this.#now, role: 'predecessor', came, token };
  };

  #adopt(grant: Grant, running: Renewal, outrun: boolean): void {
    const [newest] = this.#of(running, 'candidate');
    if (!newest?.token) throw new Error('there is no successor to adopt');
    const issuedAt = earlier(newest.keptAt, issuedBy(newest.epoch === 1 ? running.startedAt : running.sentAt));
    const [generation, lapsesAt] = [grant.generation + 1, lapse(issuedAt, unusedDays)];
    const { token } = newest;
    const fresh = { custody: 'sealed', cause: null, fruitless: 0 } as const;
    Object.assign(grant, { ...fresh, token, outrun, generation, issuedAt, lapsesAt });
    const planned = this.#planned(grant);
    grant.renewAt = planned && outrun ? proofDue(running.sentAt, this.#now) : planned;
    if (this.#takenBack) this.#shred(grant);
    this.#shredCandidates(running);
  }

  #shred = (grant: Grant) => Object.assign(grant, { custody: 'shredded', renewAt: null });

  async opt(renew: boolean): Promise<void> {
    if (this.weather.away) return;
    this.#optedIn = renew;
    for (const grant of this.#grants.filter(({ custody }) => custody === 'sealed'))
      grant.renewAt = renew ? (grant.renewAt ?? this.#planned(grant)) : null;
  }

  async claim(grantId: string): Promise<void> {
    const [now, grant] = [this.#now, this.#grant(grantId)];
    if (this.weather.away || grant.custody !== 'sealed') return;
    if (now < earliestClaim(grant.issuedAt) || now >= lastClaim(grant.lapsesAt)) return;
    Object.assign(grant, { custody: 'claimed', renewAt: null });
    const before = redeemBefore(now, grant.lapsesAt);
    this.#handoffs.push({ grantId: grant.id, status: 'claimed', redeemBefore: before, confirmBefore: null });
  }

  #handoffOf = (id: string, ...of: string[]) =>
    this.#handoffs.find(({ grantId, status }) => grantId === id && of.includes(status));

  #giveBack(handoff: Handoff, grant: Grant): void {
    handoff.status = 'cancelled';
    Object.assign(grant, { custody: 'sealed', renewAt: this.#planned(grant) });
  }

  async cancel(grantId: string): Promise<void> {
    const handoff = this.#handoffOf(grantId, 'claimed');
    if (!this.weather.away && handoff) this.#giveBack(handoff, this.#grant(grantId));
  }

  async redeem(grantId: string): Promise<string | null> {
    const [handoff, grant] = [this.#handoffOf(grantId, 'claimed'), this.#grant(grantId)];
    if (this.weather.away || !handoff || handoff.redeemBefore <= this.#now) return null;
    Object.assign(handoff, { status: 'delivered', confirmBefore: confirmBefore(this.#now) });
    grant.custody = 'handed_over';
    return grant.token;
  }

  async confirm(grantId: string): Promise<void> {
    const handoff = this.#handoffOf(grantId, 'delivered');
    if (this.weather.away || !handoff) return;
    handoff.status = 'confirmed';
    this.#grant(grantId).custody = 'shredded';
  }

  async takeBack(): Promise<void> {
    if (this.weather.away) return;
    this.#takenBack = true;
    for (const grant of this.#grants) {
      const claimed = this.#handoffOf(grant.id, 'claimed');
      if (claimed) this.#giveBack(claimed, grant);
      if (grant.custody === 'sealed') this.#shred(grant);
    }
  }

  /** Claims that nobody redeemed, outcomes that nobody told, lapses, spent tokens. */
  async age(): Promise<void> {
    if (this.weather.away) return;
    const now = this.#now;
    for (const grant of this.#grants) {
      const handoff = this.#handoffOf(grant.id, 'claimed', 'delivered');
      if (handoff?.status === 'claimed' && handoff.redeemBefore <= now) this.#giveBack(handoff, grant);
      if (handoff?.confirmBefore && handoff.confirmBefore <= now) {
        handoff.status = 'unconfirmed';
        grant.custody = 'shredded';
      }
      if (grant.custody === 'sealed' && grant.lapsesAt <= now)
        Object.assign(grant, { custody: 'lapsed', cause: 'lapsed', renewAt: null });
    }
    for (const each of this.#answers)
      if (each.role === 'predecessor' && plus(each.keptAt, minutes(15)) <= now) each.role = 'done';
    this.#readLate();
  }

  #unreadDue = (): Date[] =>
    this.#answers
      .filter(({ role }) => role === 'unread')
      .map(({ keptAt }) => plus(keptAt, readSpan))
      .filter((moment) => moment > this.#now);

  async nextWork(): Promise<Date | null> {
    const open = this.#renewals.filter(({ outcome }) => !outcome);
    const moments = [
      ...this.#grants.flatMap(({ custody, renewAt }) => (custody === 'sealed' && renewAt ? [renewAt] : [])),
      ...open.flatMap(({ leaseUntil, dueAt }) => [leaseUntil ? plus(leaseUntil, 1000) : dueAt]),
      ...this.#unreadDue(),
    ].filter((moment) => moment !== null);
    return moments.toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null;
  }

  async see(): Promise<Seen> {
    const held = this.#answers.map(({ role }) => role).filter((role) => role !== 'done');
    return {
      grants: this.#grants,
      renewals: this.#renewals,
      handoffs: this.#handoffs.map(({ grantId, status, confirmBefore }) => ({
        grantId,
        status,
        delivered: confirmBefore !== null,
      })),
      held: held.toSorted(),
    };
  }
}

/** How long a worker has its answer to itself before somebody else reads it. */
const readSpan = minutes(1);

/** A later epoch presented later, however late an answer of an earlier one is kept. */
const newestFirst = (a: Answer, b: Answer): number => b.epoch - a.epoch || b.keptAt.getTime() - a.keptAt.getTime();
