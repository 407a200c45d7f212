import type { Clock } from './clock.ts';

/** Whom the audit row will name. */
export type Actor =
  | { kind: 'api_key'; id: string }
  | { kind: 'member'; id: string; sessionHash: string; role: string }
  | { kind: 'customer'; id: string }
  | { kind: 'system'; id: string };

/** What a caller may not choose: it scopes every query and is never read from input (style §3.9). */
export type Ctx = {
  readonly partnerId: string;
  /** Whether the partner is a sandbox twin, whose providers are simulated and whose clock can be pushed. */
  readonly sandbox: boolean;
  readonly actor: Actor;
  readonly clock: Clock;
  /** Correlates the answer, the log line and the audit rows of one request. */
  readonly requestId: string;
};
