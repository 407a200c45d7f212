import { mayStillSend, type RenewalPorts } from '../../custody/core/flow.ts';
import type { Policy } from '../../simulator/core/policy.ts';
import type { CustodyHouse, Job, Seen, SeenGrant } from './custody.ts';
import { type Came, type Exact, readCame } from './exact.ts';

/**
 * Counted apart: `unavoidable` is C-4, an answer that was processed and never durable here, under whatever policy that
 * ends the spent token; told as lost, or as a doubt while the token before it is still sealed.
 */
export type Verdict = {
  lost: string[];
  dup: string[];
  silent: string[];
  broken: string[];
  unavoidable: number;
  seen: string[];
};

const held = ['sealed', 'renewing', 'claimed'];
const budget = 570_000;

/** Looks over the house's shoulder, and counts from what Exact knows, never from what the house believes. */
export class Judge {
  readonly #exact: Exact;
  readonly #house: CustodyHouse;
  readonly #policy: Policy;
  readonly #began = new Map<string, number>();
  /** Successors whose bytes were durable in the house at some time. */
  readonly #kept = new Set<string>();
  readonly #takenBack = new Set<string>();
  readonly #verdict: Verdict = { lost: [], dup: [], silent: [], broken: [], unavoidable: 0, seen: [] };

  constructor(policy: Policy, exact: Exact, house: CustodyHouse) {
    this.#policy = policy;
    this.#exact = exact;
    this.#house = house;
  }

  watched(grantId: string): RenewalPorts<Job, Came> {
    const ports = this.#house.ports(grantId);
    return {
      ...ports,
      begin: async () => {
        const job = await ports.begin();
        if (typeof job !== 'string' && job.epoch === 1) this.#began.set(job.renewalId, this.#exact.now().getTime());
        return job;
      },
      present: async (job) => {
        if (mayStillSend(job.begunAt, this.#exact.now())) this.#beforePresenting(job, await this.#house.see());
        return ports.present(job);
      },
      keep: async (job, came) => {
        const answerId = await ports.keep(job, came);
        const token = readCame(came, job.token)?.token;
        if (answerId && token) this.#kept.add(token);
        return answerId;
      },
    };
  }

  /** The customer took back whatever there was. */
  takenBack(grantIds: readonly string[]): void {
    for (const id of grantIds) this.#takenBack.add(id);
  }

  #issues = (chain: string, by: readonly string[]) =>
    this.#exact.issues.filter((issue) => issue.chain === chain && by.includes(issue.by));

  #beforePresenting({ renewalId, epoch, grantId, token }: Job, { grants, renewals }: Seen): void {
    const { dup, broken } = this.#verdict;
    const now = this.#exact.now().getTime();
    const grant = grants.find(({ id }) => id === grantId);
    if (!grant) throw new Error(`no grant ${grantId}`);
    if (['claimed', 'handed_over', 'shredded'].includes(grant.custody))
      dup.push(`${token} presented while ${grant.custody}`);
    const since = now - (this.#began.get(renewalId) ?? 0);
    if (epoch > 1 && since < budget) broken.push(`probed after ${since / 1000} s`);
    const issue = this.#issues(grant.chain, ['house', 'consent']).at(-1);
    if (epoch === 1 && issue && now - issue.at < budget) broken.push('presented too early');
    if (renewals.filter((each) => each.grantId === grantId && !each.outcome).length > 1)
      broken.push('two open renewals');
  }

  verdict(seen: Seen): Verdict {
    const { grants, renewals, handoffs } = seen;
    this.#verdict.seen = [
      ...renewals.map(({ outcome }) => outcome ?? 'open'),
      ...grants.map(({ custody, cause }) => cause ?? custody),
    ];
    for (const grant of grants) {
      const hasNewer = grant !== grants.at(-1);
      this.#judgeLoss(grant, hasNewer);
      this.#judgeSilence(grant, hasNewer);
      if (handoffs.filter(({ grantId, delivered }) => grantId === grant.id && delivered).length > 1)
        this.#verdict.dup.push(`${grant.id} left twice`);
    }
    return this.#verdict;
  }

  /** What a newer consent came after is not brought back, though its provider may still take it. */
  #endedByOthers = (grant: SeenGrant, hasNewer: boolean) =>
    (grant.custody === 'dead' && (hasNewer || this.#takenBack.has(grant.id))) ||
    ['superseded', 'handed_over', 'shredded'].includes(grant.custody) ||
    (grant.cause === 'used_elsewhere' && this.#issues(grant.chain, ['foreign']).length > 0);

  #judgeLoss(grant: SeenGrant, hasNewer: boolean): void {
    if (this.#endedByOthers(grant, hasNewer)) return;
    const alive = this.#issues(grant.chain, ['consent', 'house'])
      .filter(({ by, token }) => (by === 'consent' || this.#kept.has(token)) && this.#exact.accepts(token))
      .map(({ token }) => token);
    if (alive.length === 0 || (held.includes(grant.custody) && alive.includes(grant.token))) return;
    this.#verdict.lost.push(`${grant.id} is ${grant.custody} with ${grant.token}; alive: ${alive.join(' ')}`);
  }

  #judgeSilence(grant: SeenGrant, hasNewer: boolean): void {
    const { silent, broken } = this.#verdict;
    if (held.includes(grant.custody) && this.#takenBack.has(grant.id)) broken.push(`${grant.id} was taken back`);
    if (grant.custody === 'renewing') broken.push(`${grant.id} is still renewing`);
    if (grant.custody === 'dead' && !grant.cause) silent.push(`${grant.id} is dead and does not say why`);
    if (grant.cause === 'answer_lost') {
      const never = this.#issues(grant.chain, ['house']).filter(({ token }) => !this.#kept.has(token));
      // A foreign use while an outcome of ours was unknown looks just the same (row 8).
      const foreign = this.#issues(grant.chain, ['foreign']);
      const mayComeBack = !hasNewer && !this.#takenBack.has(grant.id);
      if (never.length + foreign.length === 0 && mayComeBack)
        broken.push(`${grant.id} blames an answer that was not lost`);
      this.#verdict.unavoidable += 1;
      if (this.#policy === 'legacy') broken.push(`${grant.id} ended though old tokens live`);
    }
    if (grant.cause === 'used_elsewhere' && this.#issues(grant.chain, ['foreign']).length === 0)
      broken.push(`${grant.id} blames somebody else`);
    const outside = this.#issues(grant.chain, ['foreign', 'recipient']).length > 0 || this.#exact.withdrawn();
    const dead = held.includes(grant.custody) && !outside && !this.#exact.accepts(grant.token);
    if (dead && grant.outrun) this.#verdict.unavoidable += 1;
    else if (dead) silent.push(`${grant.id} is ${grant.custody} with a dead ${grant.token}`);
  }
}
