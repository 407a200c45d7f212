import { days, hours, plus } from '../../kernel/clock.ts';

export const mostReminders = 2;
/** No two mails about one invitation are closer together than this. */
export const betweenMails = hours(24);

/**
 * When whoever did not finish is reminded next: two days after they were asked and one day before the link ends, never
 * within a day of the last mail. Null when there is nothing more to come.
 */
export function nextReminder({ createdAt, expiresAt }: { createdAt: Date; expiresAt: Date }, last: Date): Date | null {
  const moments = [plus(createdAt, days(2)), plus(expiresAt, -days(1))].sort((a, b) => a.getTime() - b.getTime());
  return moments.find((at) => at < expiresAt && at.getTime() >= last.getTime() + betweenMails) ?? null;
}
