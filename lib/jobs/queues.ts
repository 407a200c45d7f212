/** Every queue and what its jobs carry: ids and the partner, nothing else (design §6). */
export type Jobs = {
  'mail.invitation': { partnerId: string; invitationId: string };
  /** `at`: the moment the reminder speaks of, on the partner's clock. `number`: the first or the second. */
  'mail.reminder': { partnerId: string; invitationId: string; number: number; at: string };
  'mail.receipt': { partnerId: string; connectionId: string; grantId: string };
  /** `at`: the moment the letter speaks of, on the partner's clock. */
  'mail.expiring': { partnerId: string; memberId: string; at: string };
  sweep: Record<string, never>;
  purge: Record<string, never>;
};
export type JobName = keyof Jobs;

/** How a queue of pg-boss tries again; times in seconds. A policy is fixed when its queue is made. */
export type QueueTerms = {
  readonly policy?: 'singleton';
  readonly retryLimit: number;
  readonly retryDelay?: number;
  readonly retryBackoff?: boolean;
  readonly retryDelayMax?: number;
};

/**
 * A mail server that asks to come back later (greylisting), or is down for a night (D26): after 5 s, 10 s and so on up to an hour
 * apart, for about a day and a half. What is sent late says nothing that is no longer so.
 */
const mailed = { retryLimit: 45, retryDelay: 5, retryBackoff: true, retryDelayMax: 3_600 } as const;

export const queues = {
  'mail.invitation': mailed,
  'mail.reminder': mailed,
  'mail.receipt': mailed,
  'mail.expiring': mailed,
  sweep: { policy: 'singleton', retryLimit: 0 },
  purge: { policy: 'singleton', retryLimit: 0 },
} as const satisfies Record<JobName, QueueTerms>;
