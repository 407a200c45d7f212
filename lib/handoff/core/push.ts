import { days, hours, minutes, plus, seconds } from '../../kernel/clock.ts';
import { sameText, sha256 } from '../../kernel/hash.ts';

/** Tries after the delivery (B-8), the last of them an hour before the confirm window ends. */
const slots = [0, seconds(5), minutes(5), minutes(30), ...[2, 5, 10, 14, 20, 23].map(hours)];

/** Up to a tenth of the time since the slot before, so that what failed together does not come back together. */
function jitter(handoffId: string, index: number): number {
  const gap = (slots[index] ?? 0) - (slots[index - 1] ?? 0);
  return Math.floor((gap / 10) * (Buffer.from(sha256(`${handoffId} ${index}`)).readUInt32BE(0) / 2 ** 32));
}

/**
 * When a delivered handoff is sent again, after a try that ended at `now`. What the endpoint asked for is honoured as far as the
 * last try, which is the last chance. Null when that has been made.
 */
export function nextTry(
  handoffId: string,
  deliveredAt: Date,
  now: Date,
  retryAfterSeconds: number | null,
): Date | null {
  const times = slots.map((after, index) => plus(deliveredAt, after + jitter(handoffId, index)));
  const asked = plus(now, seconds(retryAfterSeconds ?? 0));
  const last = times.at(-1);
  return times.find((time) => time > now && time >= asked) ?? (last && last > now ? last : null);
}

/** When an endpoint that could not be reached is tried again: half as long as it has been tried, 5 s to 15 min. */
export function nextKnock(claimedAt: Date, now: Date): Date {
  const half = (now.getTime() - claimedAt.getTime()) / 2;
  return plus(now, Math.min(Math.max(half, seconds(5)), minutes(15)));
}

/** `gone`: nothing will ever be taken there. `retryAfterSeconds`: what the endpoint asked for. */
export type PushReading =
  | { kind: 'confirmed' }
  | { kind: 'gone'; problem: string }
  | { kind: 'failed'; problem: string; retryAfterSeconds: number | null };
type Answer = { status: number; headers: Record<string, string>; body: string };

/** Seconds or a date (RFC 9110 §10.2.3); at most a day. Null for anything else. */
function retryAfter(text: string | undefined, now: Date): number | null {
  if (text === undefined) return null;
  const asked = /^\d{1,9}$/.test(text) ? seconds(Number(text)) : Date.parse(text) - now.getTime();
  return Number.isNaN(asked) ? null : Math.min(Math.max(asked, 0), days(1)) / 1000;
}

/** Whether a body says which bytes it took: `{"sha256": "<hex of the request body>"}`. */
function names(body: string, hash: string): boolean {
  try {
    const told: unknown = JSON.parse(body);
    const value = typeof told === 'object' && told !== null && 'sha256' in told ? told.sha256 : null;
    return typeof value === 'string' && sameText(value.toLowerCase(), hash);
  } catch {
    return false;
  }
}

/**
 * What an endpoint's answer means. Only a 2xx that names the hash of what was sent confirms: anything that listens can say
 * 200. 410 is final; every other answer may be another one tomorrow. `now` is real time, which the endpoint lives in.
 */
export function readPushAnswer(answer: Answer | null, hash: string, now: Date): PushReading {
  if (!answer) return { kind: 'failed', problem: 'no_answer', retryAfterSeconds: null };
  const { status, headers, body } = answer;
  const problem = `status_${status}`;
  if (status === 410) return { kind: 'gone', problem };
  if (status === 429 || status === 503)
    return { kind: 'failed', problem, retryAfterSeconds: retryAfter(headers['retry-after'], now) };
  if (status < 200 || status > 299) return { kind: 'failed', problem, retryAfterSeconds: null };
  return names(body, hash)
    ? { kind: 'confirmed' }
    : { kind: 'failed', problem: 'not_confirmed', retryAfterSeconds: null };
}
