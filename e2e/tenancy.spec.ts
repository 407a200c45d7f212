import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { apiOf, baseUrl, demo } from './support/product.ts';

/** Partner B's key with partner A's ids, on every route of the API description: the same bytes as for a random id. */
test("another partner's ids and ids that never were get byte-equal answers on every route", async ({ request }) => {
  const said = execFileSync(
    process.execPath,
    [
      'lib/ops/partner.ts',
      '--name',
      'Strangers',
      '--email',
      `s-${Date.now()}@strangers.example`,
      '--member',
      'Stranger',
      '--api-key',
      'B',
      '--sandbox',
    ],
    { encoding: 'utf8' },
  );
  const stranger = apiOf(request, { apiKey: /wxk_\w+/.exec(said)?.[0] ?? '' });
  const owner = apiOf(request, demo());

  const { items } = await (await owner.get('/connections')).json();
  const handedOver = items.find((item: { handoff_id: string | null }) => item.handoff_id);
  const invitation = await (
    await owner.post('/invitations', {
      customer: { name: 'Tenancy' },
      client_registration_id: demo().clientRegistrationId,
    })
  ).json();
  const target = await (await owner.post('/targets', { name: `Tenancy ${Date.now()}`, kind: 'redeem' })).json();
  const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const keyInput = { label: 'one', public_key: publicKey };
  const key = await (await owner.post(`/targets/${target.id}/recipient-keys`, keyInput)).json();
  const bulk = await (await owner.post('/bulk-claims', { connection_ids: [handedOver.id] })).json();
  const real: Record<string, string> = {
    invitations: invitation.id,
    connections: handedOver.id,
    handoffs: handedOver.handoff_id,
    targets: target.id,
    'recipient-keys': key.id,
    'bulk-claims': bulk.id,
  };
  const random: Record<string, string> = {
    invitations: 'inv_00000000000000000000zzzz',
    connections: 'con_00000000000000000000zzzz',
    handoffs: 'hof_00000000000000000000zzzz',
    targets: 'tgt_00000000000000000000zzzz',
    'recipient-keys': 'rky_00000000000000000000zzzz',
    'bulk-claims': 'bcl_00000000000000000000zzzz',
  };

  const { paths } = (await (await request.get(`${baseUrl}/api/v1/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  let routes = 0;
  for (const [path, methods] of Object.entries(paths)) {
    if (!path.includes('{id}')) continue;
    const kind = path.split('/')[1] ?? '';
    for (const method of Object.keys(methods)) {
      const body = path.endsWith('/confirm')
        ? { outcome: 'accepted' }
        : path.endsWith('/recipient-keys')
          ? keyInput
          : {};
      const ask = async (id: string) => {
        const answer =
          method === 'get'
            ? await stranger.get(path.replace('{id}', id))
            : await stranger.post(path.replace('{id}', id), body);
        return {
          status: answer.status(),
          type: answer.headers()['content-type'],
          body: (await answer.body()).toString('utf8'),
        };
      };
      expect(real[kind], `an id of ${kind}`).toMatch(/^[a-z]{3}_/);
      const foreign = await ask(real[kind] ?? '');
      expect(foreign.status, `${method} ${path}`).toBe(404);
      expect(foreign).toEqual(await ask(random[kind] ?? ''));
      routes += 1;
    }
  }
  expect(routes).toBeGreaterThanOrEqual(12);
  // A body may name an id, too.
  const named = (id: string) => stranger.post('/invitations', { customer: { name: 'X' }, client_registration_id: id });
  const [foreign, never] = [await named(demo().clientRegistrationId), await named('clr_00000000000000000000zzzz')];
  expect(foreign.status()).toBe(404);
  expect(await foreign.body()).toEqual(await never.body());
  const inBulk = async (connectionId: string) => {
    const { id } = await (await stranger.post('/bulk-claims', { connection_ids: [connectionId] })).json();
    await expect
      .poll(async () => (await (await stranger.get(`/bulk-claims/${id}`)).json()).status, { timeout: 20_000 })
      .toBe('done');
    const [result] = (await (await stranger.get(`/bulk-claims/${id}/results`)).json()).items;
    return { ...result, connection_id: '' };
  };
  expect(await inBulk(handedOver.id)).toEqual(await inBulk('con_00000000000000000000zzzz'));
  expect((await (await stranger.get('/connections')).json()).items).toEqual([]);
});
