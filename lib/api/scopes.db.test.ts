import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiKey, type Scope, scopes } from '../tenancy/index.ts';
import { call, type OperationId } from '../testing/api.ts';
import { aPartner, type World, world } from '../testing/world.ts';
import { contracts } from './contracts.ts';
import type { Contract } from './endpoint.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const operations = Object.entries(contracts) as [OperationId, Contract][];
const id = 'con_000000000000000000000000';

test.each(scopes)('a key without %s is refused what needs it, and a key with nothing else is not', async (scope) => {
  const partner = await aPartner();
  const others: Scope[] = scopes.filter((each) => each !== scope);
  const without = (await createApiKey(partner, 'without', others)).key.reveal();
  const only = (await createApiKey(partner, 'only', [scope])).key.reveal();
  const needing = operations.filter(([, contract]) => contract.scope === scope);
  expect(needing.length).toBeGreaterThan(0);
  for (const [operation] of needing) {
    expect(await call(operation, { key: without, id, body: {} })).toMatchObject({
      status: 403,
      json: { code: 'forbidden' },
    });
    expect((await call(operation, { key: only, id, body: {} })).status).not.toBe(403);
  }
});

test('everything that writes needs a scope, and reading needs none', async () => {
  for (const [operation, { method, scope }] of operations)
    expect([operation, scope !== undefined]).toEqual([operation, method === 'POST']);
  const key = (await createApiKey(await aPartner(), 'reads', [])).key.reveal();
  for (const [operation, { method }] of operations)
    if (method === 'GET') expect((await call(operation, { key, id })).status).not.toBe(403);
});
