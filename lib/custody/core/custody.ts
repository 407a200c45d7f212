/** Where a grant's token stands (design §2). */
export const custodies = [
  'sealed',
  'parked',
  'claimed',
  'renewing',
  'handed_over',
  'lapsed',
  'superseded',
  'dead',
  'shredded',
] as const;
export type Custody = (typeof custodies)[number];

/**
 * The legal moves, as data; the database repeats them as a trigger and a test holds the two against each other. A
 * state is terminal when it has nowhere to go.
 */
export const moves = {
  parked: ['sealed', 'lapsed', 'superseded', 'shredded'],
  sealed: ['claimed', 'renewing', 'parked', 'lapsed', 'superseded', 'dead'],
  renewing: ['sealed', 'dead', 'superseded'],
  claimed: ['sealed', 'handed_over', 'superseded'],
  handed_over: ['shredded'],
  lapsed: [],
  superseded: [],
  dead: ['sealed'], // only by a successor that came late: the generation goes up with it
  shredded: [],
} as const satisfies Record<Custody, readonly Custody[]>;

/** The states from which a move to `to` is legal; what a guarded write puts in its `where`. */
export function statesBefore(to: Custody): Custody[] {
  return custodies.filter((from) => (moves[from] as readonly Custody[]).includes(to));
}

/** Whether a token is still in the house in this state. */
export const holdsToken = (custody: Custody): boolean => ['sealed', 'parked', 'claimed', 'renewing'].includes(custody);
