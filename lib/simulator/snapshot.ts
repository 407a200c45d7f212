import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { emptyLedger, type Ledger } from './core/ledger.ts';
import { POLICIES } from './core/policy.ts';

/*
 * The ledger on disk, so that a restart keeps what clients were told. It holds hashes of secrets and tokens, never the
 * values, and still only its owner may read it. The request journal is not kept, only its numbering.
 */

const VERSION = 1;

type Kept = { readonly ledger: Ledger; readonly nextSeq: number };

const entries = z.array(z.tuple([z.string(), z.unknown()]));
const Shape = z.object({
  version: z.literal(VERSION),
  nextSeq: z.int().min(1),
  ledger: z.object({
    policy: z.enum(POLICIES),
    policies: entries,
    offsetSeconds: z.number().min(0),
    offsets: entries,
    switches: z.record(z.string(), z.union([z.boolean(), z.number(), z.string()])),
    clients: entries,
    users: entries,
    sessions: entries,
    pairs: entries,
    codes: entries,
    chains: entries,
    refreshTokens: entries,
    accessTokens: entries,
  }),
});

/** A file we cannot read stops the start: going on empty would break every chain that clients still believe in. */
export class SnapshotUnreadable extends Error {}

export function loadSnapshot(file: string): Kept | null {
  if (!existsSync(file)) return null;
  try {
    const { ledger, nextSeq } = Shape.parse(JSON.parse(readFileSync(file, 'utf8')));
    const fresh = emptyLedger(ledger.policy);
    // Shape holds the outline; the records inside were written by this program, so their types are taken on trust.
    const kept = Object.fromEntries(
      Object.entries(ledger).map(([name, value]) => [name, Array.isArray(value) ? new Map(value) : value]),
    ) as Partial<Ledger>;
    return { nextSeq, ledger: { ...fresh, ...kept, switches: { ...fresh.switches, ...kept.switches } } };
  } catch (cause) {
    const sentence = `The state file ${file} cannot be read as simulator state. Move it away, or name another with --state.`;
    throw new SnapshotUnreadable(sentence, { cause });
  }
}

export function saveSnapshot(file: string, { ledger, nextSeq }: Kept): void {
  mkdirSync(dirname(file), { recursive: true });
  const plain = Object.fromEntries(
    Object.entries(ledger).map(([name, value]) => [name, value instanceof Map ? [...value] : value]),
  );
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, JSON.stringify({ version: VERSION, nextSeq, ledger: plain }), { mode: 0o600 });
  renameSync(beside, file); // atomic: a crash leaves the old file or the new one
}
