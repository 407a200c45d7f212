import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { cloneTemplate } from '../testing/cluster.ts';

let owner: pg.Client;
beforeAll(async () => {
  const { adminUrl, templateUrls } = inject('postgres');
  const urls = await cloneTemplate(adminUrl, templateUrls, 'schema_test');
  owner = new pg.Client({ connectionString: urls.owner });
  await owner.connect();
});
afterAll(() => owner.end());

test('x', async () => {
  expect((await owner.query('select 1')).rowCount).toBe(1);
});
