import type { Deed } from './lines.ts';

/** Where a partner's audit chain ends: its last row and that row's hash (hex). */
export type Head = { seq: number; hash: string };

/** `ahead`: the database knows everything the journals know, and more. `behind`: the journals know what it does not. */
export type Standing = 'equal' | 'ahead' | 'behind' | 'unanchored';

/**
 * How a database stands to heads that were written outside of it. `hashAt` gives the database's own hash at a row. A row it
 * does not have, or has with another hash, belongs to a history that it was taken out of (row 19).
 */
export function standing(
  head: Head | null,
  anchored: readonly Head[],
  hashAt: (seq: number) => string | undefined,
): Standing {
  if (anchored.length === 0) return 'unanchored';
  const known = ({ seq, hash }: Head) => (head?.seq === seq ? head.hash : hashAt(seq)) === hash;
  if (!anchored.every(known)) return 'behind';
  return anchored.some(({ seq }) => seq === head?.seq) ? 'equal' : 'ahead';
}

/** Rows of a chain that one line of a journal speaks of; `from` is null where it only names the last of them. */
export type Span = { from: number | null; seq: number; known: boolean };

/**
 * Whether the journals tell all that happened to a partner after its restored database ends at row `end`: every row from
 * there to the newest is in them. Journals that stop before the database does were lost, in part or in whole.
 */
export function covers(end: number, spans: readonly Span[]): boolean {
  const lastKnown = Math.max(0, ...spans.filter(({ known }) => known).map(({ seq }) => seq));
  const unknown = spans.filter(({ known }) => !known);
  const rows = unknown
    .flatMap(({ from, seq }) => (from === null ? [] : [{ from, seq }]))
    .sort((a, b) => a.from - b.from);
  const [first] = rows;
  if (!first) return unknown.length === 0 && lastKnown >= end;
  // Before its end a restored database may have gone on for a while: then the histories part at the last row they share.
  let reached = first.from <= end ? lastKnown : end;
  for (const { from, seq } of rows) {
    if (from > reached + 1) return false;
    reached = Math.max(reached, seq);
  }
  return unknown.every(({ seq }) => seq <= reached);
}

/** A deed of a journal about one grant, and whether the database knows the row that tells of it. */
export type Told = Deed & { known: boolean };

export type Verdict =
  | { do: 'keep' }
  | { do: 'end'; because: 'delivered' | 'ended' | 'renewed' | 'presented' }
  | { do: 'park'; because: 'parked' | 'not_covered' };

/**
 * What becomes of a grant that a restored database believes to hold (C-2 row 19). Its token left, was spent for a
 * successor or may have been, or was destroyed: it ends, consent is needed. Nobody can tell, or somebody doubted it since:
 * it waits for a member, unless its token was on its way then: nobody can vouch for that one. Nothing happened to it: it is as
 * good as it was.
 */
export function judge(
  grant: { generation: number; custody: string },
  told: readonly Told[],
  covered: boolean,
): Verdict {
  if (told.some(({ deed }) => deed === 'delivered')) return { do: 'end', because: 'delivered' };
  // An end that the database knows, of a grant it holds, is one that a late successor brought back from (row 12).
  if (told.some(({ deed, known }) => deed === 'ended' && !known)) return { do: 'end', because: 'ended' };
  if (told.some(({ generation }) => generation !== undefined && generation > grant.generation))
    return { do: 'end', because: 'renewed' };
  const since = told.filter(({ known }) => !known);
  const presented = since.findLastIndex(({ deed }) => deed === 'presented');
  if (presented !== -1 && !since.slice(presented).some(({ deed }) => deed === 'returned'))
    return { do: 'end', because: 'presented' };
  if (!covered && grant.custody === 'renewing') return { do: 'end', because: 'presented' };
  if (!covered) return { do: 'park', because: 'not_covered' };
  if (since.some(({ deed }) => deed === 'parked')) return { do: 'park', because: 'parked' };
  return { do: 'keep' };
}
