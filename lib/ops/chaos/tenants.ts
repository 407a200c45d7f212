import { randomBytes, randomUUID } from 'node:crypto';
import { parseConfig, useConfig } from '../../config/index.ts';
import { connectDatabase, disconnectDatabase } from '../../db/index.ts';
import { closeQueue } from '../../jobs/index.ts';
import { addRegistration } from '../../sandbox/index.ts';
import { addMember, createApiKey, createPartner, openCtx } from '../../tenancy/index.ts';
import type { House } from './house.ts';
import { command } from './simulator.ts';

export type Machine = { id: string; key: string };
export type Registration = { id: string; clientId: string; policy: string; renews: boolean };
/** A partner's sandbox, two machines that compete for its handoffs, and apps of every policy. */
export type Tenant = {
  partnerId: string;
  /** Stands in every customer's name, so that it shows wherever a row of this tenant shows. */
  mark: string;
  machines: readonly [Machine, Machine];
  registrations: readonly Registration[];
};

/** What a partner registers: one app for each policy that never renews, and one that does. */
const apps = (number: number) =>
  [
    { policy: 'legacy', renews: false },
    { policy: 'overlap', renews: false },
    { policy: 'single', renews: false },
    { policy: (['overlap', 'single', 'legacy'] as const)[number % 3] ?? 'overlap', renews: true },
  ] as const;
const theme = (name: string) => ({
  displayName: name,
  accent: '#0f5f56',
  radius: 'soft',
  font: 'system',
  logoUrl: null,
  purpose: { en: `${name} reads your bookkeeping.`, nl: `${name} leest uw boekhouding.` },
  supportEmail: 'help@chaos.example',
  supportUrl: null,
  privacyUrl: null,
  termsUrl: null,
});

type Learn = (secret: string, name: string, owner: string) => void;

async function makeTenant(house: House, number: number, learn: Learn): Promise<Tenant> {
  const mark = `zq${randomBytes(5).toString('hex')}`;
  const named = { name: `Chaos ${number}`, theme: theme(`Chaos ${number}`), operator: 'chaos' };
  const partnerId = await createPartner({ ...named, sandboxOf: await createPartner(named) });
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'chaos' });
  if (!ctx) throw new Error('the partner is not there');
  await addMember(ctx, { email: `member-${mark}@chaos.example`, name: 'Mo Member', role: 'admin' });
  const machine = async (label: string) => {
    const { id, key } = await createApiKey(ctx, label);
    learn(key.reveal().split('_').at(-1) ?? '', 'an API key', partnerId); // what stands before names the partner, openly
    return { id, key: key.reveal() };
  };
  const machines = [await machine('one'), await machine('two')] as const;
  const registrations: Registration[] = [];
  for (const { policy, renews } of apps(number)) {
    const secret = `Chaos ${policy}!`.replace(' ', '-') + randomBytes(18).toString('base64url');
    const clientId = randomUUID();
    learn(secret, 'a client secret', partnerId);
    const preflight = renews || policy !== 'legacy'; // without it a grant's identity stays unknown
    const made = await addRegistration(ctx, {
      name: `App ${policy}${renews ? ' renewed' : ''}`,
      site: 'nl',
      client_id: clientId,
      client_secret: secret,
      preflight,
      renew: renews,
      pkce: policy === 'single',
    });
    await command(house.simulatorUrl, 'POST', '/policy', { policy, client_id: clientId });
    registrations.push({ id: made.id, clientId, policy, renews });
  }
  return { partnerId, mark, machines, registrations };
}

/** Made by the product's own verbs in this process, before anything is hit. */
export async function makeTenants(house: House, count: number, learn: Learn): Promise<Tenant[]> {
  useConfig(parseConfig({ ...process.env, ...house.ownEnv }));
  connectDatabase(house.ownEnv['DATABASE_URL'] ?? '');
  try {
    const tenants: Tenant[] = [];
    for (let number = 1; number <= count; number++) tenants.push(await makeTenant(house, number, learn));
    return tenants;
  } finally {
    await closeQueue();
    await disconnectDatabase();
  }
}
