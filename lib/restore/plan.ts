import {
  covers,
  type Head,
  hashesAt,
  journalFiles,
  judge,
  type Line,
  readJournal,
  type Told,
  type Verdict,
} from '../anchor/index.ts';
import { inTenant } from '../db/index.ts';

type Ending = { grantId: string; verdict: Exclude<Verdict, { do: 'keep' }> };
/** A consent the database does not know of: it was sealed after the backup, and its token is gone. */
type Lost = { grantId: string; connectionId: string };

/** What a restore means for one partner. */
export type Plan = {
  partnerId: string;
  /** Whether the journals tell all that happened after the database ends. */
  covered: boolean;
  /** The partner was deleted after the backup: its keys are destroyed again, and nothing else is looked at. */
  deleted: boolean;
  kept: number;
  ends: Ending[];
  /** Handed over here and destroyed since: what is left of the delivery goes, too. */
  shredded: string[];
  /** Answers of Exact Online that nobody has read here, and that may have been read since: nothing comes of them now. */
  answers: string[];
  lost: Lost[];
};

/** All lines of all journals in these folders, by partner. */
export async function readAll(folders: readonly string[]): Promise<Map<string, Line[]>> {
  const lines = new Map<string, Line[]>();
  for (const file of journalFiles(folders))
    for await (const line of readJournal(file)) {
      const before = lines.get(line.partner);
      if (before) before.push(line);
      else lines.set(line.partner, [line]);
    }
  return lines;
}

type Judged = Line & { known: boolean; settled: boolean };

/** Which lines this database knows; what it does not know under an older name of its own was settled by an earlier restore. */
async function judgeLines(partnerId: string, lines: readonly Line[], older: ReadonlySet<string>): Promise<Judged[]> {
  const seqs = [...new Set(lines.flatMap(({ seq }) => seq ?? []))];
  const hashes = await hashesAt(partnerId, seqs);
  return lines
    .map((line) => {
      const known = line.seq !== undefined && hashes.get(line.seq) === line.hash;
      return { ...line, known, settled: !known && older.has(line.era) };
    })
    .sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
}

function toldByGrant(lines: readonly Judged[]): Map<string, Told[]> {
  const told = new Map<string, Told[]>();
  for (const { deeds, known, settled, seq } of lines)
    for (const deed of deeds) {
      if (!deed.grant) continue;
      const before = told.get(deed.grant) ?? [];
      told.set(deed.grant, [...before, { ...deed, known: known || settled || seq === undefined }]);
    }
  return told;
}

const held = ['sealed', 'parked', 'claimed', 'renewing'];

/**
 * Judges all that a partner's database believes to hold by what the journals remember (C-2 row 19). Changes nothing; what a
 * grant's own state contradicts (delivered, ended, a later generation) counts whenever it was written.
 */
export async function planFor(
  partnerId: string,
  head: Head,
  lines: readonly Line[],
  older: ReadonlySet<string>,
): Promise<Plan> {
  const judged = await judgeLines(partnerId, lines, older);
  const spans = judged
    .filter(({ settled }) => !settled)
    .flatMap(({ from, seq, known }) => (seq === undefined ? [] : [{ from: from ?? null, seq, known }]));
  const covered = covers(head.seq, spans);
  const told = toldByGrant(judged);
  const plan: Plan = { partnerId, covered, deleted: false, kept: 0, ends: [], shredded: [], answers: [], lost: [] };
  if (judged.some(({ deeds }) => deeds.some(({ deed }) => deed === 'deleted'))) return { ...plan, deleted: true };
  const grants = await inTenant(partnerId, (tx) =>
    tx.grant.findMany({
      where: { partnerId, custody: { in: [...held, 'handed_over'] } },
      select: { id: true, custody: true, generation: true },
      orderBy: { id: 'asc' },
    }),
  );
  for (const grant of grants) {
    const about = told.get(grant.id) ?? [];
    if (grant.custody === 'handed_over') {
      if (about.some(({ deed }) => deed === 'ended')) plan.shredded.push(grant.id);
      continue;
    }
    const verdict = judge(grant, about, covered);
    if (verdict.do === 'keep' || (verdict.do === 'park' && grant.custody === 'parked')) plan.kept += 1;
    else plan.ends.push({ grantId: grant.id, verdict });
  }
  return { ...plan, answers: await readSince(partnerId, judged, covered), lost: await lostConsents(partnerId, told) };
}

/**
 * Unread answers to which something may have happened since, or nobody can tell: of a code exchange, which would become
 * a grant of its connection, or of a renewal, which would renew its grant or bring it back (row 12).
 */
async function readSince(partnerId: string, lines: readonly Judged[], covered: boolean): Promise<string[]> {
  const since = lines.filter(({ known, settled }) => !known && !settled).flatMap(({ deeds }) => deeds);
  const touched = new Set(since.flatMap(({ connection, grant }) => [connection, grant]));
  return inTenant(partnerId, async (tx) => {
    const unread = await tx.keptAnswer.findMany({
      where: { partnerId, role: 'unread' },
      select: { id: true, authorizationRequestId: true, renewalId: true },
    });
    const requests = await tx.authorizationRequest.findMany({
      where: { partnerId, id: { in: unread.flatMap(({ authorizationRequestId }) => authorizationRequestId ?? []) } },
      select: { id: true, connectionId: true },
    });
    const renewals = await tx.renewal.findMany({
      where: { partnerId, id: { in: unread.flatMap(({ renewalId }) => renewalId ?? []) } },
      select: { id: true, grantId: true },
    });
    const of = [
      ...requests.map(({ id, connectionId }) => ({ id, about: connectionId })),
      ...renewals.map(({ id, grantId }) => ({ id, about: grantId })),
    ];
    const doubted = new Set(of.filter(({ about }) => !covered || touched.has(about)).map(({ id }) => id));
    return unread
      .filter(({ authorizationRequestId, renewalId }) => doubted.has(authorizationRequestId ?? renewalId ?? ''))
      .map(({ id }) => id);
  });
}

/** Consents the journals know and the database does not, and that were still held when the journals end. */
async function lostConsents(partnerId: string, told: ReadonlyMap<string, Told[]>): Promise<Lost[]> {
  const open = [...told].flatMap(([grantId, about]) => {
    const over = about.some(({ deed }) => deed === 'delivered' || deed === 'ended');
    const connectionId = about.find(({ connection, known }) => connection && !known)?.connection;
    return over || !connectionId ? [] : [{ grantId, connectionId }];
  });
  if (open.length === 0) return [];
  const here = await inTenant(partnerId, (tx) =>
    tx.grant.findMany({
      where: { partnerId, id: { in: open.map(({ grantId }) => grantId) } },
      select: { id: true },
    }),
  );
  const known = new Set(here.map(({ id }) => id));
  return open.filter(({ grantId }) => !known.has(grantId));
}
