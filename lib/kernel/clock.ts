/** The only source of now (design §5). */
export type Clock = { now(): Date };

/**
 * A clock that starts at an instant read elsewhere (the database, plus a sandbox's offset) and runs on monotonic time
 * from there, so a host whose wall clock is wrong or jumps cannot age a token.
 */
export function clockFrom(instant: Date): Clock {
  const base = instant.getTime();
  const started = performance.now();
  return { now: () => new Date(base + Math.floor(performance.now() - started)) };
}

/** A clock that stands still, for tests and for due work that must be done as of one moment. */
export function clockAt(instant: Date): Clock {
  return { now: () => new Date(instant) };
}

/** The machine's own time: only for what is real time by design (sign-ins, idempotency records; design §5). */
export const wallClock: Clock = { now: () => new Date() };

export const seconds = (n: number): number => n * 1000;
export const minutes = (n: number): number => n * 60_000;
export const hours = (n: number): number => n * 3_600_000;
export const days = (n: number): number => n * 86_400_000;
/** `instant` moved by a number of milliseconds. */
export const plus = (instant: Date, milliseconds: number): Date => new Date(instant.getTime() + milliseconds);
/** The earlier of two instants. */
export const earlier = (a: Date, b: Date): Date => (a.getTime() <= b.getTime() ? a : b);
