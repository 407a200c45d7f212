export { anchorHeads, refuseRestored, refuseRestoredOnceThere, type Standings, standings } from './check.ts';
export { covers, type Head, judge, type Span, type Told, type Verdict } from './compare.ts';
export { beginEra, eras, hashesAt, headsInDatabase } from './eras.ts';
export { journalFiles, readJournal } from './journal.ts';
export type { Line } from './lines.ts';
export { closeAnchor, note, noteDelivered, readyToNote, refuseOlder, unnoted } from './note.ts';
