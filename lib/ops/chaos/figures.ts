import { tally } from './checker.ts';
import type { Figures } from './run.ts';

/** The value below which this share of all lies; null when there are none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
  return found === undefined ? null : Math.round(found);
}

const spread = (values: readonly number[]) => ({
  p50: percentile(values, 0.5),
  p99: percentile(values, 0.99),
  n: values.length,
});

/** The last line of a run: what scripts read (design §7). */
export function summary(figures: Figures, seed: number) {
  return {
    ...tally(figures.findings),
    cycles: figures.cycles,
    seed,
    kills: figures.kills,
    recovery_ms: spread([...figures.readyMs.server, ...figures.readyMs.postgres]),
    recovery_server_ms: spread(figures.readyMs.server),
    recovery_postgres_ms: spread(figures.readyMs.postgres),
    first_consent_ms: spread(figures.consentMs),
    durable_ms: spread(figures.durableMs),
    faults: Object.fromEntries(figures.faults),
    counts: Object.fromEntries(figures.counts),
    own_ends: figures.ownEnds,
  };
}
