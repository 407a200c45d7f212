import { describe, expect, test } from 'vitest';
import { covers, judge, standing, type Told } from './compare.ts';

const head = (seq: number, hash = `h${seq}`) => ({ seq, hash });
const own = (seq: number) => (seq <= 10 ? `h${seq}` : undefined);

describe('how a database stands to the heads outside of it', () => {
  test.each([
    ['nothing is anchored', [], 'unanchored'],
    ['the newest head is the database’s own', [head(3), head(10)], 'equal'],
    ['the database went on', [head(3), head(9)], 'ahead'],
    ['a head it does not have', [head(10), head(11)], 'behind'],
    ['a head of another history at its own end', [head(10, 'x')], 'behind'],
    ['a head of another history further back', [head(7, 'x'), head(10)], 'behind'],
  ] as const)('%s', (_, anchored, expected) => {
    expect(standing(head(10), anchored, own)).toBe(expected);
  });

  test('a database without the partner is behind whatever is anchored of it', () => {
    expect(standing(null, [head(1)], () => undefined)).toBe('behind');
  });
});

describe('whether the journals tell all that happened since the backup', () => {
  const known = (from: number | null, seq: number) => ({ from, seq, known: true });
  const unknown = (from: number | null, seq: number) => ({ from, seq, known: false });
  test.each([
    ['no journal at all', [], false],
    ['journals that stop before the backup', [known(1, 9)], false],
    ['journals that end where the database does', [known(1, 9), known(10, 10)], true],
    ['only a head, at the database’s end', [known(null, 10)], true],
    ['every row since', [known(10, 10), unknown(11, 12), unknown(13, 13)], true],
    ['every row since, from two processes', [unknown(13, 13), unknown(11, 12)], true],
    ['a row is missing right after the backup', [known(10, 10), unknown(12, 12)], false],
    ['a row is missing further on', [known(10, 10), unknown(11, 11), unknown(13, 13)], false],
    ['a head beyond the last row that is told', [known(10, 10), unknown(11, 11), unknown(null, 12)], false],
    ['a head that the rows reach', [known(10, 10), unknown(11, 12), unknown(null, 12)], true],
    ['the database went on from row 7: every row since', [known(7, 7), unknown(8, 9), unknown(10, 14)], true],
    ['the database went on from row 7: one is missing', [known(7, 7), unknown(9, 14)], false],
  ] as const)('%s', (_, spans, expected) => {
    expect(covers(10, spans)).toBe(expected);
  });
});

describe('row 19: what becomes of a grant that a restored database believes to hold', () => {
  const since = (deed: Told['deed'], generation?: number): Told => ({
    deed,
    known: false,
    ...(generation === undefined ? {} : { generation }),
  });
  const known = (deed: Told['deed'], generation?: number): Told => ({ ...since(deed, generation), known: true });
  const end = (because: string) => ({ do: 'end', because });
  const park = (because: string) => ({ do: 'park', because });
  const keep = { do: 'keep' };
  test.each([
    ['nothing happened to it: equal, usable', [], true, keep],
    ['what happened to it is known here', [known('sealed'), known('presented'), known('sealed', 1)], true, keep],
    ['it was delivered', [since('delivered')], true, end('delivered')],
    ['it was delivered, and the line has no place in the chain', [known('delivered')], true, end('delivered')],
    ['it was delivered, and other rows are missing', [since('delivered')], false, end('delivered')],
    ['it was superseded, refused, destroyed or lapsed', [since('ended')], true, end('ended')],
    ['it was ended and came back, which is known here', [known('ended'), known('sealed', 1)], true, keep],
    ['its generation here is lower', [since('presented'), since('sealed', 2)], true, end('renewed')],
    ['its generation here is the same', [since('sealed', 1)], true, keep],
    ['it was presented, and nobody knows what came of it', [since('presented')], true, end('presented')],
    ['it was presented, which certainly changed nothing', [since('presented'), since('returned')], true, keep],
    [
      'it was presented again after that',
      [since('presented'), since('returned'), since('presented')],
      true,
      end('presented'),
    ],
    ['its presentation is known here: its replays go on', [known('presented')], true, keep],
    ['somebody doubted it since', [since('parked')], true, park('parked')],
    ['nobody can tell', [], false, park('not_covered')],
    ['nobody can tell, and it was sealed before', [known('sealed')], false, park('not_covered')],
  ] as const)('%s', (_, told, covered, expected) => {
    expect(judge({ generation: 1, custody: 'sealed' }, told, covered)).toEqual(expected);
  });

  test('nobody can tell, and its token was on its way', () => {
    expect(judge({ generation: 1, custody: 'renewing' }, [known('presented')], false)).toEqual(end('presented'));
    expect(judge({ generation: 1, custody: 'renewing' }, [known('presented')], true)).toEqual(keep);
  });
});
