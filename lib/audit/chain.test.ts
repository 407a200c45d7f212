import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { genesis, hashOf, type Link } from './chain.ts';

const before = Buffer.alloc(32, 7);
const link: Link = {
  partnerId: 'ptn_1',
  seq: 1n,
  id: 'aud_1',
  atMicros: '1700000000000000',
  actorKind: 'system',
  actorId: 'test',
  action: 'grant.sealed',
  connectionId: null,
  requestId: 'r',
  detail: { b: 1, a: 'x', c: null, d: true },
};

/** Whoever verifies from outside writes this line from the documentation; a change of it is a change of the name in it. */
test('the encoding is the documented one, to the byte', () => {
  const text = `["waxseal.audit.v1","ptn_1","1","${'07'.repeat(32)}","aud_1","1700000000000000","system","test","grant.sealed",null,"r",[["a","x"],["b",1],["c",null],["d",true]]]`;
  expect(hashOf(link, before)).toEqual(createHash('sha256').update(text).digest());
  expect(genesis('ptn_1', 3n)).toEqual(createHash('sha256').update('["waxseal.audit.v1","ptn_1","0","3"]').digest());
});

test('every part counts, and no part can lend its bytes to the next', () => {
  const others: Partial<Link>[] = [
    { partnerId: 'ptn_2' },
    { seq: 2n },
    { id: 'aud_2' },
    { atMicros: '1700000000000001' },
    { actorKind: 'member' },
    { actorId: 'tes' },
    { actorKind: 'systemt', actorId: 'est' },
    { action: 'grant.parked' },
    { connectionId: '' },
    { connectionId: 'null' },
    { requestId: '' },
    { requestId: 'r",[]]' },
    { detail: {} },
    { detail: { ...link.detail, b: '1' } },
    { detail: { ...link.detail, b: 2 } },
    { detail: { ...link.detail, c: 'null' } },
    { detail: { ...link.detail, e: null } },
  ];
  const hashes = [hashOf(link, before), hashOf(link, Buffer.alloc(32, 8))].concat(
    others.map((other) => hashOf({ ...link, ...other }, before)),
  );
  expect(new Set(hashes.map((hash) => hash.toString('hex'))).size).toBe(others.length + 2);
  expect(genesis('ptn_1', 0n)).not.toEqual(genesis('ptn_1', 1n));
});

/** jsonb keeps neither the order of names nor the way a number was written. */
test('what jsonb makes of the facts has the same hash', () => {
  const kept = JSON.parse('{"a": "x", "d": true, "b": 1.0, "c": null}') as Link['detail'];
  expect(hashOf({ ...link, detail: kept }, before)).toEqual(hashOf(link, before));
});
