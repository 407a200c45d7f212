import { expect, test } from 'vitest';
import { deedsOf, leavesTheHouse, type Noted } from './lines.ts';

const row = (action: string, detail: Noted['detail'] = {}): Noted => ({ action, connectionId: 'con_1', detail });

test('what leaves the house is a presentation and a delivery, by ids and nothing else', () => {
  const deeds = deedsOf([
    row('grant.presented', { grant_id: 'grt_1', renewal_id: 'rnw_1', from_kept_answer: false }),
    row('handoff.delivered', { handoff_id: 'hof_1', grant_id: 'grt_1', target: 'redeem' }),
  ]);
  expect(deeds).toEqual([
    { deed: 'presented', grant: 'grt_1', connection: 'con_1' },
    { deed: 'delivered', grant: 'grt_1', connection: 'con_1' },
  ]);
  expect(deeds.every(leavesTheHouse)).toBe(true);
});

test('reading an answer that was kept presents nothing', () => {
  expect(deedsOf([row('grant.answer_read', { grant_id: 'grt_1' })])).toEqual([]);
});

test('a renewal carries its generation; what concerns no grant’s life is not kept', () => {
  expect(deedsOf([row('grant.renewed', { grant_id: 'grt_1', generation: 3 }), row('invitation.opened')])).toEqual([
    { deed: 'sealed', grant: 'grt_1', connection: 'con_1', generation: 3 },
  ]);
});
