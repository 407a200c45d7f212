import { createHash } from 'node:crypto';
import pg from 'pg';
import { Api } from './api.ts';
import { judge, type Verdict } from './checker.ts';
import { type Customer, consent, invite, newUser } from './customers.ts';
import { Dice } from './dice.ts';
import type { House } from './house.ts';
import type { Load } from './load.ts';
import { historyOf, SimulatorLog } from './quiet.ts';
import { claimRace, redeem, snoop } from './recipients.ts';
import type { Recorder } from './recorder.ts';
import { inHouse } from './run.ts';
import type { Tenant } from './tenants.ts';

/*
 * Bugs put in on purpose, so that a clean run means something. Product code stays as it is: two are done behind its back
 * in the database, one by a module that the harness loads into the server.
 */

type Scene = { house: House; recorder: Recorder; tenants: Tenant[]; loads: Load[] };
type Planted = { verdict: Verdict; bug: string; preload?: string; plant: (scene: Scene) => Promise<void> };

const planted: readonly Planted[] = [
  { verdict: 'LOST', bug: 'a sealed grant disappears after its callback', plant: dropGrant },
  { verdict: 'DUP', bug: 'a second redeem answers again, to another key', plant: answerTwice },
  {
    verdict: 'LEAK',
    bug: "the server logs the provider's answer",
    preload: './lib/ops/chaos/leaky-preload.mjs',
    plant: async (scene) => void (await keptCustomer(scene)),
  },
];

/** A customer whose permission is kept, as everything here begins. */
async function keptCustomer({ house, recorder, tenants, loads }: Scene): Promise<{ customer: Customer; api: Api }> {
  const [tenant] = tenants;
  const registration = tenant?.registrations[0];
  const api = loads[0]?.api;
  if (!tenant || !registration || !api) throw new Error('there is no tenant');
  const customer = await invite(api, registration, await newUser(house), `${tenant.mark} planted B.V.`);
  if (!customer) throw new Error('the invitation failed');
  loads[0]?.connections.add(customer.connectionId);
  const kept = await consent({ house, recorder, dice: new Dice(1) }, customer, tenant.partnerId);
  if (!kept) throw new Error('the consent failed');
  return { customer, api };
}

/** Without triggers and keys, which would refuse it. */
async function behindItsBack(house: House, sql: string, values: unknown[]): Promise<void> {
  const admin = new pg.Client({ connectionString: house.adminUrl });
  await admin.connect();
  try {
    await admin.query('SET session_replication_role = replica');
    const { rowCount } = await admin.query(sql, values);
    if (rowCount !== 1) throw new Error('the bug could not be planted');
  } finally {
    await admin.end();
  }
}

async function dropGrant(scene: Scene): Promise<void> {
  const { customer } = await keptCustomer(scene);
  await behindItsBack(scene.house, 'DELETE FROM token_grant WHERE connection_id = $1', [customer.connectionId]);
}

async function answerTwice(scene: Scene): Promise<void> {
  const { house, recorder, tenants, loads } = scene;
  const { customer, api } = await keptCustomer(scene);
  await loads[0]?.advance(600);
  const { winner } = await claimRace([api], customer.connectionId);
  const [tenant] = tenants;
  if (!winner || !tenant) throw new Error('the claim failed');
  const handoff = { id: winner.id, connectionId: customer.connectionId };
  const stage = { simulatorUrl: house.simulatorUrl, recorder, dice: new Dice(1) };
  await redeem(stage, api, handoff);
  const second = new Api(house.publicUrl, recorder, tenant, tenant.machines[1]);
  const key = 'planted-second-key';
  const redeemer = createHash('sha256')
    .update(JSON.stringify(['api_key', second.machineId, '', key]))
    .digest();
  await behindItsBack(house, 'UPDATE handoff SET redeemer_hash = $1 WHERE id = $2', [redeemer, handoff.id]);
  await snoop(stage, [second], handoff, key);
}

/** Whether each planted bug is reported as what it is; says so line by line. */
export async function prove(seed: number, say: (line: string) => void): Promise<boolean> {
  let seen = true;
  for (const { verdict, bug, preload, plant } of planted) {
    const options = { seed, servers: 1 as const, tenants: 2, ...(preload ? { preload } : {}) };
    const findings = await inHouse(options, async (scene) => {
      await plant(scene);
      return judge(await historyOf(scene.house, scene.recorder, scene.loads, new SimulatorLog(), say));
    });
    const reported = findings.filter((each) => each.verdict === verdict);
    const others = findings.filter((each) => each.verdict !== verdict);
    seen &&= reported.length > 0 && others.length === 0;
    say(`${verdict}: ${bug}: ${reported[0]?.what ?? 'NOT REPORTED'}`);
    for (const { verdict: other, what } of others) say(`  and unexpectedly ${other}: ${what}`);
  }
  return seen;
}
