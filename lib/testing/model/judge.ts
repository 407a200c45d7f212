import { mayStillSend, type RenewalPorts } from '../../custody/core/flow.ts';
import type { Policy } from '../../simulator/core/policy.ts';
import type { Came, Exact } from './exact.ts';
import type { Grant, House, Job } from './house.ts';

/**
 * Counted apart: `unavoidable` is C-4, an answer that was processed and never durable here, under whatever policy that
 * ends the spent token.
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
  readonly #house: House;
  readonly #policy: Policy;
  readonly #began = new Map<string, number>();
  readonly #verdict: Verdict = { lost: [], dup: [], silent: [], broken: [], unavoidable: 0, seen: [] };

  constructor(policy: Policy, exact: Exact, house: House) {
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
      present: (job) => {
        if (mayStillSend(job.begunAt, this.#exact.now())) this.#beforePresenting(job);
        return ports.present(job);
      },
    };
  }

  #issues = (chain: string, by: readonly string[]) =>
    this.#exact.issues.filter((issue) => issue.chain === chain && by.includes(issue.by));

  #beforePresenting({ renewalId, epoch, grantId, token }: Job): void {
    const { dup, broken } = this.#verdict;
    const now = this.#exact.now().getTime();
    const grant = this.#house.grant(grantId);
    if (['claimed', 'handed_over', 'shredded'].includes(grant.custody))
      dup.push(`${token} presented while ${grant.custody}`);
    const since = now - (this.#began.get(renewalId) ?? 0);
    if (epoch > 1 && since < budget) broken.push(`probed after ${since / 1000} s`);
    const issue = this.#issues(grant.chain, ['house', 'consent']).at(-1);
    if (epoch === 1 && issue && now - issue.at < budget) broken.push('presented too early');
    if (this.#house.openRenewal(grantId).length > 1) broken.push('two open renewals');
  }

  verdict(): Verdict {
    this.#verdict.seen = [
      ...this.#house.renewals.map(({ outcome }) => outcome ?? 'open'),
      ...this.#house.grants.map(({ custody, cause }) => cause ?? custody),
    ];
    for (const grant of this.#house.grants) {
      this.#judgeLoss(grant);
      this.#judgeSilence(grant);
      if (this.#house.handoffs.filter((each) => each.grantId === grant.id && each.confirmBefore).length > 1)
        this.#verdict.dup.push(`${grant.id} left twice`);
    }
    return this.#verdict;
  }

  #hasNewer = (grant: Grant) => grant !== this.#house.grants.at(-1);

  /** What a newer consent came after is not brought back, though its provider may still take it. */
  #endedByOthers = (grant: Grant) =>
    (grant.custody === 'dead' && this.#hasNewer(grant)) ||
    ['superseded', 'handed_over', 'shredded'].includes(grant.custody) ||
    (grant.cause === 'used_elsewhere' && this.#issues(grant.chain, ['foreign']).length > 0);

  #judgeLoss(grant: Grant): void {
    if (this.#endedByOthers(grant)) return;
    const alive = this.#house.whole.filter(
      (token) => this.#exact.chainOf(token) === grant.chain && this.#exact.accepts(token),
    );
    if (alive.length === 0 || (held.includes(grant.custody) && alive.includes(grant.token))) return;
    this.#verdict.lost.push(`${grant.id} is ${grant.custody} with ${grant.token}; alive: ${alive.join(' ')}`);
  }

  #judgeSilence(grant: Grant): void {
    const { silent, broken } = this.#verdict;
    if (grant.custody === 'renewing') broken.push(`${grant.id} is still renewing`);
    if (grant.custody === 'dead' && !grant.cause) silent.push(`${grant.id} is dead and does not say why`);
    if (grant.cause === 'answer_lost') {
      const never = this.#issues(grant.chain, ['house']).filter(({ token }) => !this.#house.whole.includes(token));
      // A foreign use while an outcome of ours was unknown looks just the same (row 8).
      const foreign = this.#issues(grant.chain, ['foreign']);
      if (never.length + foreign.length === 0 && !this.#hasNewer(grant))
        broken.push(`${grant.id} blames an answer that was not lost`);
      this.#verdict.unavoidable += 1;
      if (this.#policy === 'legacy') broken.push(`${grant.id} ended though old tokens live`);
    }
    if (grant.cause === 'used_elsewhere' && this.#issues(grant.chain, ['foreign']).length === 0)
      broken.push(`${grant.id} blames somebody else`);
    const outside = this.#issues(grant.chain, ['foreign', 'recipient']).length > 0 || this.#exact.withdrawn();
    if (held.includes(grant.custody) && !outside && !this.#exact.accepts(grant.token))
      silent.push(`${grant.id} is ${grant.custody} with a dead ${grant.token}`);
  }
}
