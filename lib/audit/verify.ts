import { inTenant, pools, type Tx } from '../db/index.ts';
import { genesis, hashOf, type Link } from './chain.ts';

/**
 * What is wrong with a trail. `changed`: a row is not what was hashed; `swapped`: it is, in another place; `missing`:
 * a row is not there, `inserted`: one is there that the head does not know; `truncated`: the end of what a head proves is
 * gone; `rewritten`: another history stands where a signed head was taken.
 */
type Finding = {
  kind: 'changed' | 'swapped' | 'missing' | 'inserted' | 'truncated' | 'rewritten';
  seq: number | null;
  id: string | null;
};

export type Verdict = {
  partnerId: string;
  intact: boolean;
  /** Rows from before the chain: counted in its first link, not covered by hashes. */
  beforeChain: number;
  checked: number;
  head: { seq: number; hash: string } | null;
  findings: Finding[];
};

type Place = { seq: bigint; hash: Uint8Array };
type Row = Link & { hash: Uint8Array };
type Head = Place & { unchained: bigint; top: bigint | null; loose: bigint };

const batch = 5000;
/** More than this is not looked at one by one: the trail is broken, and the first findings say where. */
const mostFindings = 1000;

const readHead = async (tx: Tx, partnerId: string): Promise<Head | undefined> =>
  (
    await tx.$queryRaw<Head[]>`
      SELECT h.seq, h.hash, h.unchained,
        (SELECT max(e.seq) FROM audit_event e WHERE e.partner_id = h.partner_id) AS top,
        (SELECT count(*) FROM audit_event e WHERE e.partner_id = h.partner_id AND e.seq IS NULL) AS loose
      FROM audit_head h WHERE h.partner_id = ${partnerId}`
  )[0];

const readBatch = (tx: Tx, partnerId: string, after: Walk, until: bigint) => tx.$queryRaw<Row[]>`
  SELECT partner_id AS "partnerId", seq, id, (extract(epoch FROM at) * 1000000)::bigint::text AS "atMicros",
    actor_kind AS "actorKind", actor_id AS "actorId", action, connection_id AS "connectionId",
    request_id AS "requestId", detail, hash
  FROM audit_event WHERE partner_id = ${partnerId} AND seq <= ${until}
    AND (seq, id) > (${after.seq}, ${after.id})
  ORDER BY seq, id LIMIT ${batch}`;

type Broken = { row: Row; before: Uint8Array };
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** Walks rows in order of position; what does not follow is a finding, or a broken link to be explained afterwards. */
class Walk {
  readonly findings: Finding[] = [];
  readonly broken: Broken[] = [];
  checked = 0;
  seq = 0n;
  id = '';
  #before: Uint8Array | null;
  readonly #heads: readonly Place[];

  /** `heads`: what must be found where; the chain's own head and a signed one. */
  constructor(start: Uint8Array, heads: readonly Place[]) {
    this.#before = start;
    this.#heads = heads;
  }

  found(kind: Finding['kind'], seq: bigint | null, id: string | null = null): void {
    if (this.findings.length < mostFindings) this.findings.push({ kind, seq: seq === null ? null : Number(seq), id });
  }

  step(row: Row): void {
    this.checked += 1;
    this.id = row.id;
    if (row.seq === this.seq) {
      this.found('inserted', row.seq, row.id);
      return;
    }
    for (let gone = this.seq + 1n; gone < row.seq && this.findings.length < mostFindings; gone += 1n)
      this.found('missing', gone);
    const before = row.seq === this.seq + 1n ? this.#before : null; // after a gap nobody knows what it was linked to
    if (before && !same(hashOf(row, before), row.hash) && this.broken.length < mostFindings)
      this.broken.push({ row, before });
    if (this.#heads.some(({ seq, hash }) => seq === row.seq && !same(hash, row.hash)))
      this.found('rewritten', row.seq, row.id);
    this.seq = row.seq;
    this.#before = row.hash;
  }

  /** Of the rows that do not fit where they are: those that fit in each other's place, and those that were changed. */
  explain(): void {
    const hashes = this.broken.flatMap(({ row, before }) => [row.hash, before]);
    const isAt = (row: Row, seq: bigint, hash: Uint8Array) =>
      hashes.some((before) => same(hashOf({ ...row, seq }, before), hash));
    const fits = ({ row: a }: Broken, { row: b }: Broken) =>
      a !== b && (isAt(a, b.seq, a.hash) || isAt(a, b.seq, b.hash));
    const few = this.broken.slice(0, 50);
    const swapped = new Set(few.filter((a) => few.some((b) => fits(a, b) && fits(b, a))));
    for (const each of this.broken) {
      const { row } = each;
      if (swapped.has(each)) this.found('swapped', row.seq, row.id);
      // Behind a swapped row the link itself is whole: it leads to where that row was.
      else if (!swapped.size || !isAt(row, row.seq, row.hash)) this.found('changed', row.seq, row.id);
    }
  }
}

/**
 * Verifies one partner's trail, from its first link to the head as it is now, in batches that hold no lock; what is
 * written meanwhile is left for the next time. A signed head, kept elsewhere, also shows an end that was cut off and a
 * history that was written anew: a chain alone cannot (B-6).
 */
export async function verifyChain(partnerId: string, signed: Place | null = null): Promise<Verdict> {
  const head = await inTenant(partnerId, (tx) => readHead(tx, partnerId));
  if (!head) return withoutHead(partnerId, signed);
  const walk = new Walk(genesis(partnerId, head.unchained), [head, ...(signed ? [signed] : [])]);
  for (;;) {
    const rows = await inTenant(partnerId, (tx) => readBatch(tx, partnerId, walk, head.seq));
    for (const row of rows) walk.step(row);
    if (rows.length < batch) break;
  }
  walk.explain();
  if (head.loose !== head.unchained) walk.found(head.loose < head.unchained ? 'missing' : 'inserted', null);
  if (walk.seq < head.seq) walk.found('truncated', walk.seq + 1n);
  if (signed && signed.seq > head.seq) walk.found('truncated', head.seq + 1n);
  const now = await inTenant(partnerId, (tx) => readHead(tx, partnerId));
  if (now && (now.top ?? 0n) > now.seq) walk.found('inserted', now.seq + 1n);
  return {
    partnerId,
    intact: walk.findings.length === 0,
    beforeChain: Number(head.unchained),
    checked: walk.checked,
    head: { seq: Number(head.seq), hash: Buffer.from(head.hash).toString('hex') },
    findings: walk.findings,
  };
}

/** No head: right for a partner of before the chain who has done nothing since, wrong where there are links or a proof of some. */
async function withoutHead(partnerId: string, signed: Place | null): Promise<Verdict> {
  const [unchained, chained] = await inTenant(partnerId, async (tx) => [
    await tx.auditEvent.count({ where: { partnerId, seq: null } }),
    await tx.auditEvent.count({ where: { partnerId, seq: { not: null } } }),
  ]);
  const intact = chained === 0 && signed === null;
  const findings: Finding[] = intact ? [] : [{ kind: 'truncated', seq: null, id: null }];
  return { partnerId, intact, beforeChain: unchained, checked: 0, head: null, findings };
}

/** Partners that have a trail: those that are here, and those that were deleted. */
export async function partnersWithTrail(): Promise<string[]> {
  const { rows } = await pools().sweeper.query<{ partner_id: string }>(
    'SELECT partner_id FROM partner UNION SELECT partner_id FROM audit_head ORDER BY 1',
  );
  return rows.map(({ partner_id }) => partner_id);
}
