import type { RenewalPorts } from '../../custody/core/flow.ts';
import type { Came } from './exact.ts';

/** A fault of ours, planted to see whether a model finds it. */
export type Planted = 'probe_at_once' | 'epoch_unchecked' | 'candidate_dropped';

/** A presentation as a model sees it; `token` is the one that is spent. */
export type Job = { renewalId: string; epoch: number; begunAt: Date; grantId: string; token: string };

export type SeenGrant = {
  id: string;
  /** The provider's name for the consent it comes from. */
  chain: string;
  custody: 'sealed' | 'renewing' | 'claimed' | 'handed_over' | 'shredded' | 'lapsed' | 'superseded' | 'dead';
  /** What the partner was told of its end, or null. */
  cause: string | null;
  /** The token that is sealed, or was last. */
  token: string;
  /** What is sealed may have been ended by an answer that never came, and the partner was told so. */
  outrun: boolean;
  generation: number;
  issuedAt: Date;
  lapsesAt: Date;
  renewAt: Date | null;
  fruitless: number;
};
export type SeenRenewal = {
  id: string;
  grantId: string;
  outcome: string | null;
  epoch: number;
  presentations: number;
};
export type SeenHandoff = { grantId: string; status: string; delivered: boolean };
/** What a house shows of itself; grants and renewals in the order in which they began. */
export type Seen = {
  grants: SeenGrant[];
  renewals: SeenRenewal[];
  handoffs: SeenHandoff[];
  /** The roles of the kept answers that still hold something, in their alphabet's order. */
  held: string[];
};

/** What befalls the next transaction. */
export type Hiccup = 'refuses' | 'commit_lost';
/** The state of the database. */
export type Weather = { away: boolean; hiccup: Hiccup | null };

/**
 * Custody of one customer's consents, as a walk drives it. While the database is away every verb does nothing and only
 * the ports of a renewal throw.
 */
export type CustodyHouse = {
  readonly weather: Weather;
  /** The grants so far, the newest last. */
  readonly grantIds: readonly string[];
  /** A consent whose token is sealed; older chains of the same user end (T14). */
  consent(): Promise<void>;
  ports(grantId: string): RenewalPorts<Job, Came>;
  /** What waited on disk comes into the database. */
  drain(): Promise<void>;
  /** What time does by itself. */
  age(): Promise<void>;
  opt(renew: boolean): Promise<void>;
  claim(grantId: string): Promise<void>;
  cancel(grantId: string): Promise<void>;
  /** The token that left, or null. */
  redeem(grantId: string): Promise<string | null>;
  confirm(grantId: string): Promise<void>;
  /** The customer takes the permission back, here and not at Exact. A consent gives it again. */
  takeBack(): Promise<void>;
  /** The next moment at which a worker has something to do, or null. */
  nextWork(): Promise<Date | null>;
  see(): Promise<Seen>;
};
