import { expect, test } from 'vitest';
import { Recorder } from './recorder.ts';
import { Wiretap } from './wiretap.ts';

const token = 'stampNL001.0123456789!IAAAAabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function recorder() {
  const made = new Recorder();
  made.mark('zq-a', 'ptn_a');
  made.mark('zq-b', 'ptn_b');
  made.learn(token, 'a refresh token', 'ptn_a');
  return made;
}
const seen = (of: Recorder) => [...of.sightings.values()].map(({ verdict, where }) => `${verdict} ${where}`);

test("another tenant's mark is a crossing, one's own is not", () => {
  const one = recorder();
  one.look('zq-a 1 B.V.', { where: 'a page', viewer: 'ptn_a' });
  expect(seen(one)).toEqual([]);
  one.look('zq-a 1 B.V.', { where: 'a page', viewer: 'ptn_b' });
  expect(seen(one)).toEqual(['XTEN a page']);
});

test('a token may stand in its own bundle and nowhere else', () => {
  const one = recorder();
  one.look(token, { where: 'a bundle', viewer: 'ptn_a', allowed: 'bundle' });
  expect(seen(one)).toEqual([]);
  one.look(token, { where: 'an answer', viewer: 'ptn_a' });
  one.look(token, { where: 'a foreign bundle', viewer: 'ptn_b', allowed: 'bundle' });
  one.output('server 1', Buffer.from(token.slice(0, 30)));
  one.output('server 1', Buffer.from(token.slice(30)));
  expect(seen(one)).toEqual(['LEAK an answer', 'XTEN a foreign bundle', 'LEAK output of server 1']);
});

test('the wiretap learns tokens over any borders of chunks, and times the first use of an access token', () => {
  const learnt: string[] = [];
  const tap = new Wiretap((secret, kind) => learnt.push(`${kind} ${secret}`));
  for (const part of ['{"access_tok', 'en":"gAAAA1","refresh_token":"stam', 'p1"}'])
    tap.listen(1, 'back', Buffer.from(part));
  expect(learnt).toEqual(['access token gAAAA1', 'refresh token stamp1']);
  for (const part of ['GET /api HTTP/1.1\r\nAuthorization: Bea', 'rer gAAAA1\r\n\r\n'])
    tap.listen(2, 'there', Buffer.from(part));
  expect(tap.durableMs).toHaveLength(1);
});
