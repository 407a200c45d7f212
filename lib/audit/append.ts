import { note, refuseOlder } from '../anchor/index.ts';
import { onceCommitted, type Tx } from '../db/index.ts';
import { type Detail, genesis, hashOf } from './chain.ts';

export type Entry = {
  partnerId: string;
  id: string;
  at: Date;
  actorKind: string;
  actorId: string;
  action: string;
  connectionId: string | null;
  detail: Detail;
  requestId: string;
};

type Head = { seq: bigint; hash: Uint8Array };

const lockHead = async (tx: Tx, partnerId: string): Promise<Head | undefined> =>
  (await tx.$queryRaw<Head[]>`SELECT seq, hash FROM audit_head WHERE partner_id = ${partnerId} FOR UPDATE`)[0];

/** The first link of a partner's chain; what was written before chains is counted into it. */
async function startChain(tx: Tx, partnerId: string): Promise<Head> {
  const unchained = BigInt(await tx.auditEvent.count({ where: { partnerId, seq: null } }));
  await tx.$executeRaw`
    INSERT INTO audit_head (partner_id, seq, hash, unchained)
    VALUES (${partnerId}, 0, ${genesis(partnerId, unchained)}, ${unchained}) ON CONFLICT DO NOTHING`;
  const head = await lockHead(tx, partnerId);
  if (!head) throw new Error('an audit chain could not be started');
  return head;
}

/**
 * Appends rows to their partner's chain in the order given, under the lock of its head. Runs as the last thing of a
 * transaction (`atTheEnd`): nothing is locked after the head, so waiting for it is never part of a circle.
 */
export async function appendToChain(tx: Tx, entries: readonly Entry[]): Promise<void> {
  const partnerId = entries[0]?.partnerId;
  if (partnerId === undefined) return;
  let { seq, hash } = (await lockHead(tx, partnerId)) ?? (await startChain(tx, partnerId));
  refuseOlder(partnerId, { seq, hash });
  const first = seq + 1n;
  const rows = [];
  for (const entry of entries) {
    seq += 1n;
    hash = hashOf({ ...entry, seq, atMicros: `${entry.at.getTime()}000` }, hash);
    rows.push({ ...entry, seq: String(seq), hash: Buffer.from(hash).toString('hex') });
  }
  // One statement, because every other deed of this partner waits for it.
  await tx.$executeRaw`
    WITH added AS (
      INSERT INTO audit_event
        (partner_id, id, at, actor_kind, actor_id, action, connection_id, detail, request_id, seq, hash)
      SELECT ${partnerId}, id, at, "actorKind", "actorId", action, "connectionId", detail, "requestId", seq, decode(hash, 'hex')
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS row (id text, at timestamptz, "actorKind" text,
        "actorId" text, action text, "connectionId" text, detail jsonb, "requestId" text, seq bigint, hash text)
      RETURNING seq, hash)
    UPDATE audit_head h SET seq = newest.seq, hash = newest.hash
    FROM (SELECT seq, hash FROM added ORDER BY seq DESC LIMIT 1) AS newest WHERE h.partner_id = ${partnerId}`;
  const head = { seq, hash };
  onceCommitted(tx, () => note(partnerId, first, head, entries));
}
