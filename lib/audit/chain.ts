import { createHash } from 'node:crypto';

/** Facts of one act, listed one by one; never a whole row, never a secret. */
export type Detail = Record<string, string | number | boolean | null>;

/** What of an audit row is chained: all of it. `atMicros` is microseconds since 1970, the database's own precision. */
export type Link = {
  partnerId: string;
  seq: bigint;
  id: string;
  atMicros: string;
  actorKind: string;
  actorId: string;
  action: string;
  connectionId: string | null;
  requestId: string;
  detail: Detail;
};

/** Names the encoding below, inside what is hashed: another encoding is another name, and the verifier knows both. */
const encoding = 'waxseal.audit.v1';

const sha256 = (parts: readonly unknown[]): Buffer =>
  createHash('sha256').update(JSON.stringify(parts), 'utf8').digest();

/** JSON's own view of the facts, by name: what jsonb keeps of them, in an order of ours. */
const factsOf = (detail: Detail) =>
  Object.entries(JSON.parse(JSON.stringify(detail)) as Detail).sort(([a], [b]) => (a < b ? -1 : 1));

/** Where a partner's chain starts: it already tells how many rows there were before it. */
export const genesis = (partnerId: string, unchained: bigint): Buffer =>
  sha256([encoding, partnerId, '0', String(unchained)]);

/**
 * The hash of a row: SHA-256 over the UTF-8 of a JSON array without blanks, of the encoding's name, partner, position,
 * the hash before it in hex, id, time, actor, action, connection, request and the facts as [name, value] sorted by name.
 * An array of strings is read one way only, so no two rows share an encoding (TH23).
 */
export const hashOf = (link: Link, before: Uint8Array): Buffer =>
  sha256([
    encoding,
    link.partnerId,
    String(link.seq),
    Buffer.from(before).toString('hex'),
    link.id,
    link.atMicros,
    link.actorKind,
    link.actorId,
    link.action,
    link.connectionId,
    link.requestId,
    factsOf(link.detail),
  ]);
