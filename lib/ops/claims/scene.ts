import { randomBytes, randomUUID } from 'node:crypto';
import { parseConfig, useConfig } from '../../config/index.ts';
import { connectDatabase, disconnectDatabase } from '../../db/index.ts';
import { closeQueue } from '../../jobs/index.ts';
import { minutes, plus } from '../../kernel/clock.ts';
import { createApiKey, createPartner, createRegistration, openCtx } from '../../tenancy/index.ts';
import { sealMany } from '../../testing/sealed.ts';
import { House } from '../chaos/house.ts';

/** The product as it runs in production, one partner in it with several machines, and connections that can be claimed now. */
export type Scene = {
  house: House;
  urls: string[];
  keys: string[];
  partnerId: string;
  /** Seals so many more, by the product's own verbs in this process. */
  seal(count: number): Promise<string[]>;
};

const theme = { displayName: 'Claims' };

/** Opens the scene, does `inside`, and closes it whatever happened. */
export async function onScene<T>(
  { servers, keys: count }: { servers: 1 | 2; keys: number },
  opened: (house: House) => void,
  inside: (scene: Scene) => Promise<T>,
): Promise<T> {
  let house: House | null = null;
  try {
    house = await House.open(
      { output: () => {}, onProvider: () => {}, servers, preload: null, direct: true },
      (begun) => {
        house = begun;
        opened(begun);
      },
    );
    for (const slot of house.slots)
      if (!(await house.isReady(slot))) throw new Error(`${slot} does not become ready: ${house.ownEnds.join(', ')}`);
    useConfig(parseConfig({ ...process.env, ...house.ownEnv }));
    connectDatabase(house.ownEnv['DATABASE_URL'] ?? '');
    return await inside(await furnish(house, count));
  } finally {
    await closeQueue();
    await disconnectDatabase();
    await house?.close();
  }
}

async function furnish(house: House, count: number): Promise<Scene> {
  const named = { name: 'Claims', theme, operator: 'claims' };
  const partnerId = await createPartner({ ...named, sandboxOf: await createPartner(named) });
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'claims' });
  if (!ctx) throw new Error('the partner is not there');
  const keys: string[] = [];
  for (let made = 0; made < count; made++) keys.push((await createApiKey(ctx, `machine ${made}`)).key.reveal());
  const registration = await createRegistration(ctx, {
    ...{ name: 'Claims', site: 'nl', client_id: randomUUID() },
    ...{ client_secret: randomBytes(18).toString('base64url'), preflight: false, pkce: true, renew: false },
  });
  const seal = async (wanted: number) => {
    const past = plus(ctx.clock.now(), -minutes(20));
    return (await sealMany(ctx, registration, wanted, () => past)).map(({ connectionId }) => connectionId);
  };
  return { house, urls: house.slots.map((slot) => house.urlOf(slot)), keys, partnerId, seal };
}
