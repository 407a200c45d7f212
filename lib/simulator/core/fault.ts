/** What a fault can be aimed at. `code` and `refresh` are halves of `token`; `api` is every API path, `me` and `divisions` too. */
export const FAULT_ENDPOINTS = [
  'authorize',
  'login',
  'consent',
  'token',
  'code',
  'refresh',
  'me',
  'divisions',
  'api',
  'any',
] as const;
export type FaultEndpoint = (typeof FAULT_ENDPOINTS)[number];

/** Something that is to go wrong. Used-up ones stay listed until they are deleted. */
export type Fault = {
  readonly id: string;
  readonly endpoint: FaultEndpoint;
  /** Whose requests it hits; null means everybody's. */
  readonly clientId: string | null;
  readonly timesLeft: number;
  /** A row of `faults/kinds.ts`, and what that row takes. */
  readonly kind: string;
  readonly details: Readonly<Record<string, unknown>>;
};

/** The oldest fault with times left that is aimed at one of these endpoints and at this client. */
export function findFault(
  faults: Iterable<Fault>,
  aim: { readonly endpoints: readonly FaultEndpoint[]; readonly clientId: string | null },
): Fault | undefined {
  for (const fault of faults) {
    const meant = fault.clientId === null || fault.clientId === aim.clientId;
    if (fault.timesLeft > 0 && meant && aim.endpoints.includes(fault.endpoint)) return fault;
  }
  return undefined;
}
