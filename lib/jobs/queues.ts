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

export const queues = {
  'mail.invitation': { retryLimit: 8, retryDelay: 5, retryBackoff: true },
  'mail.reminder': { retryLimit: 8, retryDelay: 5, retryBackoff: true },
  'mail.receipt': { retryLimit: 8, retryDelay: 5, retryBackoff: true },
  'mail.expiring': { retryLimit: 8, retryDelay: 5, retryBackoff: true },
  sweep: { policy: 'singleton', retryLimit: 0 },
  purge: { policy: 'singleton', retryLimit: 0 },
} as const satisfies Record<JobName, object>;
