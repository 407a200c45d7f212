import { expect, test } from 'vitest';
import { codeOf, idsOfCode, readCode } from './code.ts';
import { newId } from './ids.ts';

test.each(['arq', 'inv', 'con'])('the code of an id %s_… is its beginning, and is read back', (kind) => {
  expect(codeOf(`${kind}_7f3k2qzzzzzzzzzzzzzzzzzz`)).toBe('WX-7F3K2Q');
  expect(readCode(codeOf(`${kind}_7f3k2qzzzzzzzzzzzzzzzzzz`))).toBe('7f3k2q');
});

test.each(['WX-7F3K2Q', 'wx-7f3k2q', ' wx7f3k2q ', '7F3K2Q', '7f3-k2q', 'WX – 7F3 K2Q', 'wx.7f3k2q'])(
  '%s is read as it is meant',
  (typed) => expect(readCode(typed)).toBe('7f3k2q'),
);

test.each([
  ['WX-0O1IlL', '001111'],
  ['wx1234', 'wx1234'],
])('what our alphabet leaves out is what it was taken for: %s', (typed, code) => expect(readCode(typed)).toBe(code));

test.each(['', 'wx', 'WX-7F3K2', 'WX-7F3K2QQ', '7F3K2Ü', '7F3U2Q', "7F3K2'", '7F3K2%', 'Bakkerij de Korenaar'])(
  '%s is no code',
  (typed) => expect(readCode(typed)).toBeNull(),
);

test('ids of one code are a range of their own', () => {
  const id = newId('invitation');
  const { gte, lte } = idsOfCode('invitation', readCode(codeOf(id)) ?? '');
  expect([gte <= id, id <= lte]).toEqual([true, true]);
  expect([gte <= 'inv_7f3k2r', 'inv_7f3k2r' <= idsOfCode('invitation', '7f3k2q').lte].at(1)).toBe(false);
});
