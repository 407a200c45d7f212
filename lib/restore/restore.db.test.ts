import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import {
  anchorHeads,
  closeAnchor,
  readyToNote,
  refuseRestored,
  refuseRestoredOnceThere,
  standings,
} from '../anchor/index.ts';
import { Journal } from '../anchor/journal.ts';
import { verifyChain } from '../audit/index.ts';
import { type Config, useConfig } from '../config/index.ts';
import { readConnection } from '../connections/index.ts';
import { acceptGrant, parkGrant, planRenewals, renewGrant } from '../custody/index.ts';
import { renewalPorts } from '../custody/renew.ts';
import { connectDatabase, disconnectDatabase, inTenant, pools } from '../db/index.ts';
import { claimHandoff, confirmHandoff, readHandoff, redeemHandoff } from '../handoff/index.ts';
import { closeQueue } from '../jobs/index.ts';
import { wallClock } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { StartError } from '../kernel/errors.ts';
import type { Secret } from '../kernel/secret.ts';
import { log } from '../log/index.ts';
import { createPartner, deletePartner, openCtx, type RegistrationView } from '../tenancy/index.ts';
import {
  anInvitation,
  aSealedConnection,
  comeBack,
  connect,
  decide,
  eventsOf,
  grantOf,
  leave as leaveFor,
  type SealedConnection,
} from '../testing/journey.ts';
import { tokenCalls } from '../testing/provider.ts';
import { aDueRenewal, endLease } from '../testing/renewals.ts';
import {
  again,
  anApiKey,
  aPartner,
  aRegistration,
  blocked as blockedTable,
  later,
  untilBlocked,
  type World,
  world,
} from '../testing/world.ts';
import { settleRestore } from './index.ts';

/** Real databases, copied as a backup copies them; a restart is a new process as far as the journal can tell. */
let house: World;
let maintenance: pg.Client;
let config: Config;
beforeAll(async () => {
  house = await world();
  await house.admin.end(); // a database is copied only while nobody is connected to it
  maintenance = new pg.Client({ connectionString: inject('postgres').adminUrl });
  await maintenance.connect();
});
afterAll(async () => {
  await leave();
  await maintenance.end();
  await house.close();
});
beforeEach(async () => {
  await leave();
  config = { ...house.config, anchorDir: path.join(tmpdir(), `waxseal-test-anchor-${randomUUID()}`) };
  enter(house.config.databaseUrl);
  return () => rmSync(config.anchorDir ?? '', { recursive: true, force: true });
});

const nameOf = (url: string) => new URL(url).pathname.slice(1);
const withName = (url: string, name: string) => Object.assign(new URL(url), { pathname: `/${name}` }).toString();

/** As if every process ended. */
async function leave(): Promise<void> {
  await closeQueue();
  await closeAnchor();
  await disconnectDatabase();
}

function enter(databaseUrl: string): void {
  config = { ...config, databaseUrl };
  useConfig(config);
  connectDatabase(databaseUrl);
}

async function copyOf(name: string): Promise<string> {
  const copy = `copy_${randomBytes(6).toString('hex')}`;
  await maintenance.query(`CREATE DATABASE ${copy} TEMPLATE ${name} OWNER waxseal_owner`);
  return copy;
}

/** Takes a backup; what it returns goes back to it, as often as it is called. */
async function backup(): Promise<() => Promise<void>> {
  await leave();
  const kept = await copyOf(nameOf(config.databaseUrl));
  enter(config.databaseUrl);
  return async () => {
    await leave();
    enter(withName(config.databaseUrl, await copyOf(kept)));
  };
}

/** A superuser on the database of now; a copy is made only once it has left. */
async function asAdmin(work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: withName(inject('postgres').adminUrl, nameOf(config.databaseUrl)) });
  await admin.connect();
  await work(admin).finally(() => admin.end());
}

async function restart(): Promise<void> {
  await leave();
  enter(config.databaseUrl);
}

const folder = () => config.anchorDir ?? '';
const settle = () => settleRestore([folder()], true);
const custody = async (ctx: Ctx, grantId: string) => (await grantOf(ctx, grantId)).custody;
const toldOf = async (ctx: Ctx, type: string, grantId: string) =>
  (await eventsOf(ctx)).filter((event) => event.type === type && event.data['grant_id'] === grantId);

async function deliver(ctx: Ctx, of: Pick<SealedConnection, 'connectionId'>, key = 'k') {
  const handoff = await claimHandoff(ctx, of);
  return { id: handoff.id, text: (await redeemHandoff(ctx, handoff.id, key)).reveal() };
}

/** Two customers of one partner, old enough to be claimed. */
async function twoSealed() {
  const partner = await aPartner();
  const gone = await aSealedConnection(partner, { user: 'j.jansen' });
  const kept = await aSealedConnection(partner, { user: 's.devries' });
  const { ctx } = await anApiKey(await later(partner, 600));
  return { ctx, gone, kept };
}

async function optIn(ctx: Ctx, registration: RegistrationView, grantId: string): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    await tx.clientRegistration.updateMany({
      where: { partnerId: ctx.partnerId, id: registration.id },
      data: { renew: true },
    });
    await planRenewals(tx, ctx, registration.id, true);
    await tx.grant.updateMany({ where: { partnerId: ctx.partnerId, id: grantId }, data: { renewAt: ctx.clock.now() } });
  });
}

describe('a backup from before a delivery', () => {
  test('stops the start, and settled, what was delivered is dead, what was not is usable', async () => {
    const { ctx: owner, gone, kept } = await twoSealed();
    const restore = await backup();
    await deliver(owner, gone);
    await restart();
    await refuseRestored(); // nothing is wrong yet

    await restore();
    await expect(refuseRestored()).rejects.toThrow(/older than what was already done.*npm run anchor -- restored/);
    const ctx = await again(owner);
    expect(await custody(ctx, gone.grantId)).toBe('sealed'); // this is what would be delivered again

    const looked = await settleRestore([folder()], false);
    expect(looked.find(({ partnerId }) => partnerId === ctx.partnerId)).toMatchObject({
      covered: true,
      ends: [{ grantId: gone.grantId, verdict: { do: 'end', because: 'delivered' } }],
    });
    expect(await custody(ctx, gone.grantId)).toBe('sealed'); // looking changes nothing
    await settle();

    expect(await custody(ctx, gone.grantId)).toBe('dead');
    expect(await toldOf(ctx, 'grant.dead', gone.grantId)).toMatchObject([{ data: { cause: 'restored' } }]);
    await expect(deliver(ctx, gone)).rejects.toMatchObject({ code: 'needs_consent' });
    await restart();
    await refuseRestored();
    await anchorHeads();
    expect(JSON.parse((await deliver(await again(ctx), kept)).text)).toHaveProperty('refresh_token');
    expect(await verifyChain(ctx.partnerId)).toMatchObject({ intact: true });
  });

  test('a claim that comes back as claimed cannot be redeemed again', async () => {
    const { ctx: owner, gone } = await twoSealed();
    const handoff = await claimHandoff(owner, gone);
    const restore = await backup();
    await redeemHandoff(owner, handoff.id, 'k');
    await confirmHandoff(owner, handoff.id, { outcome: 'accepted' });

    await restore();
    await expect(refuseRestored()).rejects.toThrow(/older/);
    await settle();
    const ctx = await again(owner);
    expect(await custody(ctx, gone.grantId)).toBe('dead');
    expect(await readHandoff(ctx, handoff.id)).toMatchObject({ status: 'cancelled', outcomeCode: 'restored' });
    await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
  });

  test('a delivery whose envelope was destroyed since is not told again', async () => {
    const { ctx: owner, gone } = await twoSealed();
    const { id } = await deliver(owner, gone);
    const restore = await backup();
    await confirmHandoff(owner, id, { outcome: 'accepted' });
    await restore();
    await settle();
    const ctx = await again(owner);
    expect(await custody(ctx, gone.grantId)).toBe('shredded');
    await expect(redeemHandoff(ctx, id, 'k')).rejects.toMatchObject({ code: 'already_redeemed' });
  });

  test('a second restore, to the same backup, is judged anew', async () => {
    const { ctx: owner, gone, kept } = await twoSealed();
    const restore = await backup();
    await deliver(owner, gone);
    await restore();
    await settle();
    await restart();
    await anchorHeads();
    await deliver(await again(owner), kept);
    await restore();
    await expect(refuseRestored()).rejects.toThrow(/older/);
    await settle();
    expect(await custody(await again(owner), gone.grantId)).toBe('dead');
    expect(await custody(await again(owner), kept.grantId)).toBe('dead');
  });

  test('a settling that was cut off is judged by the same journals', async () => {
    const { ctx: owner, gone, kept } = await twoSealed();
    const restore = await backup();
    await deliver(owner, gone);
    await restore();
    const [, restored] = [await settleRestore([folder()], false), await settle()];
    expect(restored.length).toBeGreaterThan(0);
    await pools().sweeper.query('SELECT 1');
    const era = new pg.Client({ connectionString: withName(house.urls.owner, nameOf(config.databaseUrl)) });
    await era.connect();
    await era.query('DELETE FROM anchor_era WHERE number = (SELECT max(number) FROM anchor_era)'); // it never got there
    await era.end();
    await restart();
    await expect(refuseRestored()).rejects.toThrow(/older/);
    await settle();
    expect(await custody(await again(owner), gone.grantId)).toBe('dead');
    expect(await custody(await again(owner), kept.grantId)).toBe('sealed');
    await refuseRestored();
  });
});

describe('a backup from before a renewal', () => {
  test('the spent token is dead, not presented again', async () => {
    const partner = await aPartner();
    const registration = await aRegistration(partner);
    const { grantId } = await aSealedConnection(partner, { registration });
    const aged = await later(partner, 600);
    await optIn(aged, registration, grantId);
    const restore = await backup();
    expect(await renewGrant(aged, grantId)).toBe('renewed');

    await restore();
    await expect(refuseRestored()).rejects.toThrow(/older/);
    await settle();
    const ctx = await again(partner);
    expect(await custody(ctx, grantId)).toBe('dead');
    expect(await toldOf(ctx, 'grant.dead', grantId)).toMatchObject([{ data: { because: 'renewed' } }]);
    expect(await renewGrant(ctx, grantId)).toBe('skipped');
  });

  test('a line that is lost after the intent is committed keeps the token from leaving', async () => {
    const partner = await aPartner();
    const registration = await aRegistration(partner);
    const { grantId } = await aSealedConnection(partner, { registration });
    const ctx = await later(partner, 600);
    await optIn(ctx, registration, grantId);
    const asked = (await tokenCalls(registration)).length;
    const mended = loses('presented');
    await expect(renewGrant(ctx, grantId)).rejects.toMatchObject({ code: 'unavailable' });
    mended();
    expect((await tokenCalls(registration)).length).toBe(asked);
    expect(await custody(ctx, grantId)).toBe('renewing'); // its lease ends, and its replays resolve it
  });

  test('without a journal to write to, nothing is presented and nothing changes', async () => {
    const partner = await aPartner();
    const registration = await aRegistration(partner);
    const { grantId } = await aSealedConnection(partner, { registration });
    const ctx = await later(partner, 600);
    await optIn(ctx, registration, grantId);
    const unblock = await blocked();
    const asked = (await tokenCalls(registration)).length;
    await expect(renewGrant(ctx, grantId)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await tokenCalls(registration)).length).toBe(asked);
    expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'sealed', spends: 0 });
    unblock();
    expect(await renewGrant(ctx, grantId)).toBe('renewed');
  });
});

/** A file where the folder should be: even for root nothing can be written in it, until the returned function is called. */
async function blocked(): Promise<() => void> {
  await closeAnchor();
  renameSync(folder(), `${folder()}-aside`);
  writeFileSync(folder(), '');
  return () => {
    rmSync(folder());
    renameSync(`${folder()}-aside`, folder());
  };
}

/** A disk that gives out exactly when this deed is written, until the returned function is called. */
function loses(deed: string): () => void {
  const append = Journal.prototype.append;
  const broken = vi.spyOn(Journal.prototype, 'append').mockImplementation(function (this: Journal, text, durable) {
    return text.includes(`"deed":"${deed}"`)
      ? Promise.reject(new Error('the disk is full'))
      : append.call(this, text, durable);
  });
  return () => broken.mockRestore();
}

/** What every open file has its methods from. */
async function fileHandles(): Promise<FileHandle> {
  const handle = await open(folder(), 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

/** Lets no sync come to an end until the returned function is called. */
async function hangs(): Promise<() => void> {
  let goOn = () => {};
  const gone = new Promise<void>((done) => {
    goOn = done;
  });
  const hung = vi.spyOn(await fileHandles(), 'datasync').mockReturnValue(gone);
  const mended = () => {
    hung.mockRestore();
    goOn();
  };
  onTestFinished(mended);
  return mended;
}

describe('journals that do not tell all', () => {
  test('no journal: nothing is delivered before a member has looked', async () => {
    const { ctx: owner, gone, kept } = await twoSealed();
    const handoff = await claimHandoff(owner, gone);
    const restore = await backup();
    await redeemHandoff(owner, handoff.id, 'k');
    await restore();
    rmSync(folder(), { recursive: true });
    await refuseRestored(); // nobody can know
    await settle();
    expect(existsSync(folder())).toBe(false); // what settling does is no proof that the journals told all
    const ctx = await again(owner);
    for (const { grantId } of [gone, kept])
      expect(await grantOf(ctx, grantId)).toMatchObject({ custody: 'parked', parkedReason: 'restored' });
    await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'not_redeemable' });
    await expect(deliver(ctx, kept)).rejects.toMatchObject({ code: 'not_claimable' });
    expect((await grantOf(ctx, gone.grantId)).dueAt).not.toBeNull(); // parked, it still lapses in time
    await inTenant(ctx.partnerId, (tx) => acceptGrant(tx, ctx, kept.grantId));
    expect(JSON.parse((await deliver(ctx, kept)).text)).toHaveProperty('refresh_token');
  });

  test('one of two journals is missing: what the other tells is heeded, all else waits', async () => {
    const { ctx: owner, gone, kept } = await twoSealed();
    const restore = await backup();
    await claimHandoff(owner, kept); // noted by a process whose journal is lost
    await restart();
    await deliver(await again(owner), gone);
    await restore();
    for (const name of readdirSync(folder()).filter((file) => file !== newestFile())) rmSync(path.join(folder(), name));
    await settle();
    const ctx = await again(owner);
    expect(await custody(ctx, gone.grantId)).toBe('dead');
    expect(await custody(ctx, kept.grantId)).toBe('parked');
  });

  test('the missing journal, given as another folder, makes it whole', async () => {
    const { ctx: owner, gone, kept } = await twoSealed();
    const restore = await backup();
    await claimHandoff(owner, kept);
    const elsewhere = path.join(tmpdir(), `waxseal-test-anchor-${randomUUID()}`);
    await leave();
    renameSync(folder(), elsewhere);
    enter(config.databaseUrl);
    await deliver(await again(owner), gone);
    await restore();
    const plans = await settleRestore([folder(), elsewhere], true);
    rmSync(elsewhere, { recursive: true });
    expect(plans.find(({ partnerId }) => partnerId === owner.partnerId)).toMatchObject({ covered: true });
    expect(await custody(await again(owner), kept.grantId)).toBe('sealed');
  });
});

const newestFile = () =>
  readdirSync(folder()).find((name) => readFileSync(path.join(folder(), name), 'utf8').includes('"delivered"'));

describe('what else a backup does not know', () => {
  test('a doubt since parks it again; a member who then accepts it is not overruled by the next look', async () => {
    const { ctx: owner, gone, kept } = await twoSealed();
    const restore = await backup();
    await inTenant(owner.partnerId, async (tx) =>
      parkGrant(tx, owner, { id: kept.grantId, connectionId: kept.connectionId }, 'member_doubts'),
    );
    await restore();
    await settle();
    const ctx = await again(owner);
    expect(await custody(ctx, kept.grantId)).toBe('parked');
    expect(await custody(ctx, gone.grantId)).toBe('sealed');
    await restart();
    await inTenant(ctx.partnerId, (tx) => acceptGrant(tx, ctx, kept.grantId));
    await restart(); // it is run while no server does: every line is written
    await settle();
    expect(await custody(ctx, kept.grantId)).toBe('sealed');
  });

  test('a consent that was sealed since is lost, and the partner is told', async () => {
    const partner = await aPartner();
    const registration = await aRegistration(partner);
    const asked = await anInvitation(partner, registration);
    const restore = await backup();
    const trip = await connect(asked, registration);
    await restore();
    await settle();
    const ctx = await again(partner);
    expect(await toldOf(ctx, 'security.consent_lost', trip.grantId ?? '')).toMatchObject([
      { connectionId: asked.connectionId },
    ]);
    expect((await readConnection(ctx, asked.connectionId)).status).toBe('needs_consent');
  });

  test('a consent that took the place of another since leaves that one dead', async () => {
    const partner = await aPartner();
    const registration = await aRegistration(partner);
    const first = await aSealedConnection(partner, { registration });
    const restore = await backup();
    const { grantId } = await aSealedConnection(partner, {
      registration,
      invitation: { customer: { name: 'Bakkerij De Korenaar B.V.' } },
    });
    await restore();
    await settle();
    const ctx = await again(partner);
    // The same Exact user on the same client ID: the newer consent ended the older chain at the provider (T14).
    expect(await custody(ctx, first.grantId)).toBe('dead');
    expect(await toldOf(ctx, 'grant.dead', first.grantId)).toMatchObject([{ data: { because: 'ended' } }]);
    expect(grantId).not.toBe(first.grantId);
  });

  test('an answer that was unread then, and became a grant since, does not become another one', {
    timeout: 60_000,
  }, async () => {
    const partner = await aPartner();
    const registration = await aRegistration(partner);
    const asked = await anInvitation(partner, registration);
    const params = await decide((await leaveFor(asked)).authorizeUrl);
    await asAdmin(async (admin) => {
      const release = await blockedTable({ admin }, 'token_grant', 'INSERT');
      expect((await comeBack(registration, params)).kind).toBe('settled');
      await release();
    });
    const restore = await backup();
    const { ctx: owner } = await anApiKey(await later(partner, 800));
    await deliver(owner, asked);

    await restore();
    await settle();
    const ctx = await later(await again(partner), 800);
    expect(await inTenant(ctx.partnerId, (tx) => tx.grant.count({ where: { partnerId: ctx.partnerId } }))).toBe(0);
    await expect(deliver(ctx, asked)).rejects.toMatchObject({ code: 'needs_consent' });
  });

  test('a successor that was unread then, and brought its grant back since, brings nothing back again', async () => {
    const due = await aDueRenewal('single');
    const ports = renewalPorts(due.ctx, due.grantId);
    const job = await ports.begin();
    if (typeof job === 'string') throw new Error(`it is ${job}`);
    const sent = await ports.present(job);
    await asAdmin((admin) => endLease({ admin }, due));
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    due.ctx = await later(due.ctx, 700);
    expect(await custody(due.ctx, due.grantId)).toBe('dead');
    await ports.keep(job, sent); // its worker stood still until now
    const restore = await backup();
    const { ctx: owner } = await anApiKey(await later(due.ctx, 61));
    expect(await custody(owner, due.grantId)).toBe('sealed'); // row 12
    await deliver(await later(owner, 600), due);

    await restore();
    await settle();
    const ctx = await later(await again(owner), 700);
    expect(await custody(ctx, due.grantId)).toBe('dead');
    await expect(deliver(ctx, due)).rejects.toMatchObject({ code: 'needs_consent' });
  });

  test('an answer that waited on a disk, of a grant that was renewed and delivered since, brings nothing back', async () => {
    const due = await aDueRenewal('legacy');
    const ports = renewalPorts(due.ctx, due.grantId);
    const job = await ports.begin();
    if (typeof job === 'string') throw new Error(`it is ${job}`);
    const sent = await ports.present(job);
    const restore = await backup(); // its server is away from here on, the answer on its disk
    await asAdmin((admin) => endLease({ admin }, due));
    expect(await renewGrant(due.ctx, due.grantId)).toBe('waiting');
    const { ctx: owner } = await anApiKey(await later(due.ctx, 1400));
    expect(await grantOf(owner, due.grantId)).toMatchObject({ custody: 'sealed', generation: 1 });
    await deliver(owner, due);

    await restore();
    await settle();
    expect(await custody(owner, due.grantId)).toBe('dead');
    await ports.keep(job, sent); // it is back, and its disk is drained
    expect(await custody(await later(await again(due.ctx), 120), due.grantId)).toBe('dead');
  });

  test('a deleted partner stays deleted', async () => {
    const name = 'Korenaar Software';
    const live = await aPartner({ sandbox: false, name });
    const twinId = await createPartner({ name: 'Twin', theme: {}, sandboxOf: live.partnerId, operator: 'test' });
    const twin = await again({ partnerId: twinId, actor: live.actor });
    await aSealedConnection(twin);
    const restore = await backup();
    await deletePartner(live, name);
    await restore();
    await expect(refuseRestored()).rejects.toThrow(/older/);
    await settle();
    for (const id of [live.partnerId, twinId]) {
      expect(await openCtx(id, live.actor)).toBeNull();
      const { rows } = await pools().sweeper.query('SELECT FROM partner_key WHERE partner_id = $1', [id]);
      expect(rows).toEqual([]);
    }
    await restart();
    await refuseRestored();
  });

  test('a deleted partner stays deleted, also when the journal of that day is forgotten', async () => {
    const name = 'Korenaar Software';
    const live = await aPartner({ sandbox: false, name });
    const other = await aPartner();
    const restore = await backup();
    await deletePartner(live, name);
    await leave();
    rmSync(folder(), { recursive: true });
    enter(config.databaseUrl);
    await anchorHeads(); // as every day
    await restore();
    await expect(refuseRestored()).rejects.toThrow(/older/);
    await settle();
    expect(await openCtx(live.partnerId, live.actor)).toBeNull();
    expect(await openCtx(other.partnerId, other.actor)).not.toBeNull();
  });

  test('a partner that was made since', async () => {
    const restore = await backup();
    await aPartner();
    await restore();
    await expect(refuseRestored()).rejects.toThrow(/older/);
    await settle();
    await restart();
    await refuseRestored();
  });
});

describe('the folder of another database', () => {
  test('is told apart, and stops nothing', async () => {
    const { ctx } = await twoSealed();
    const file = path.join(folder(), 'old.jsonl');
    const line = { at: '2026-01-01T00:00:00.000Z', era: 'era_other', partner: 'ptn_000000000000000000000000' };
    writeFileSync(file, `${JSON.stringify({ ...line, from: 1, seq: 3, hash: 'ff' })}\nnot a line\n`);
    await restart();
    await refuseRestored();
    const seen = await standings([folder()]);
    expect(seen).toMatchObject({ strangers: [line.partner], damaged: 1 });
    expect(seen.partners.find(({ partnerId }) => partnerId === ctx.partnerId)).toMatchObject({ standing: 'equal' });
  });
});

describe('a process that starts', () => {
  test('waits while the database cannot be reached, and for no other fault of it', async () => {
    const fails = (code: string) =>
      vi.spyOn(pools().sweeper, 'query').mockRejectedValueOnce(Object.assign(new Error('no'), { code }) as never);
    fails('57P03');
    await refuseRestoredOnceThere();
    fails('42501');
    await expect(refuseRestoredOnceThere()).rejects.toMatchObject({ code: '42501' });
  });

  test('says so when its journals are gone, as in a container without a volume, and starts', async () => {
    await twoSealed();
    const heard = vi.spyOn(log(), 'warn');
    const saysSo = async () => {
      heard.mockClear();
      await refuseRestored();
      return heard.mock.calls.some(([about]) => (about as { folder?: string }).folder === folder());
    };
    await restart();
    const journals = readdirSync(folder());
    expect(await saysSo()).toBe(false);
    await anchorHeads();
    await leave();
    rmSync(folder(), { recursive: true });
    enter(config.databaseUrl);
    expect([journals.length > 0, await saysSo(), (await standings([folder()])).missing]).toEqual([true, true, true]);
    await anchorHeads();
    expect(await saysSo()).toBe(false);
    heard.mockRestore();
  });

  test('with a folder that cannot be read says which in one sentence', async () => {
    await twoSealed();
    await blocked();
    await expect(refuseRestoredOnceThere()).rejects.toThrow(`The journals in ${folder()} cannot be read (ENOTDIR)`);
    await expect(refuseRestoredOnceThere()).rejects.toBeInstanceOf(StartError);
  });
});

describe('a failover that lost commits while the house runs (D11)', () => {
  test('the process that made them does nothing more for that partner, and the minute’s look stops it', async () => {
    const { ctx, gone, kept } = await twoSealed();
    const restore = await backup();
    await deliver(ctx, gone);
    const journal = (globalThis as { waxsealAnchor?: unknown }).waxsealAnchor;
    await closeQueue();
    await disconnectDatabase();
    await restore();
    (globalThis as { waxsealAnchor?: unknown }).waxsealAnchor = journal; // the same process, another primary
    await expect(deliver(await again(ctx), kept)).rejects.toMatchObject({ code: 'unavailable' });
    const full = vi.spyOn(Journal.prototype, 'append').mockRejectedValue(new Error('the disk is full'));
    await expect(anchorHeads()).rejects.toThrow(/failed over with losses/); // which a full disk does not hide
    full.mockRestore();
    await expect(anchorHeads()).rejects.toThrow(/failed over with losses/);
  });
});

describe('the journal', () => {
  test('what leaves is on the disk before it is told, and no secret is', async () => {
    const { ctx, gone } = await twoSealed();
    const { text } = await deliver(ctx, gone);
    const all = readdirSync(folder())
      .map((name) => readFileSync(path.join(folder(), name), 'utf8'))
      .join('');
    expect(all).toContain(`"deed":"delivered","grant":"${gone.grantId}"`);
    const { refresh_token, client_secret, access_token } = JSON.parse(text) as Record<string, string>;
    for (const secret of [refresh_token, client_secret, access_token]) expect(all).not.toContain(secret);
  });

  test('that cannot be written lets nothing leave; written again, the same key hears the answer', async () => {
    const { ctx, gone } = await twoSealed();
    const handoff = await claimHandoff(ctx, gone);
    const unblock = await blocked();
    await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'unavailable' });
    expect(await custody(ctx, gone.grantId)).toBe('claimed');
    unblock();
    expect(JSON.parse((await redeemHandoff(ctx, handoff.id, 'k')).reveal())).toHaveProperty('refresh_token');
  });

  test('a line that is lost after the commit lets nothing leave; it is written before the answer is told again', async () => {
    const { ctx, gone } = await twoSealed();
    const handoff = await claimHandoff(ctx, gone);
    const mended = loses('delivered');
    for (const _ of ['first', 'again'])
      await expect(redeemHandoff(ctx, handoff.id, 'k')).rejects.toMatchObject({ code: 'unavailable' });
    mended();
    expect(await custody(ctx, gone.grantId)).toBe('handed_over');
    expect(JSON.parse((await redeemHandoff(ctx, handoff.id, 'k')).reveal())).toHaveProperty('refresh_token');
    const all = readdirSync(folder()).map((name) => readFileSync(path.join(folder(), name), 'utf8'));
    expect(all.join('')).toContain(`"deed":"delivered","grant":"${gone.grantId}"`);
  });

  test('a line that is lost after the commit costs a redeemer without a key nothing: it hears the answer, once', async () => {
    const { ctx, gone } = await twoSealed();
    const handoff = await claimHandoff(ctx, gone);
    const mended = loses('delivered');
    for (const _ of ['first', 'again'])
      await expect(redeemHandoff(ctx, handoff.id, null)).rejects.toMatchObject({ code: 'unavailable' });
    mended();
    for (const other of ['', 'null', 'k'])
      await expect(redeemHandoff(ctx, handoff.id, other)).rejects.toMatchObject({ code: 'already_redeemed' });
    let both: PromiseSettledResult<Secret<string>>[] = [];
    await asAdmin(async (admin) => {
      await admin.query('BEGIN');
      await admin.query('SELECT FROM handoff WHERE id = $1 FOR UPDATE', [handoff.id]);
      const asked = Promise.allSettled(['one', 'other'].map(() => redeemHandoff(ctx, handoff.id, null)));
      await untilBlocked(admin, 2).finally(() => admin.query('COMMIT'));
      both = await asked;
    });
    const told = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value.reveal()] : []));
    expect(told.map((text) => JSON.parse(text))).toEqual([
      expect.objectContaining({ client_id: gone.registration.clientId }),
    ]);
    await expect(redeemHandoff(ctx, handoff.id, null)).rejects.toMatchObject({ code: 'already_redeemed' });
    const all = readdirSync(folder()).map((name) => readFileSync(path.join(folder(), name), 'utf8'));
    expect(all.join('')).toContain(`"deed":"delivered","grant":"${gone.grantId}"`);
  });

  test('that hangs stops what is asked after it before it is begun; what hung is written when it goes on', {
    timeout: 60_000,
  }, async () => {
    const { ctx, gone, kept } = await twoSealed();
    const [one, two] = [await claimHandoff(ctx, gone), await claimHandoff(ctx, kept)];
    const goOn = await hangs();
    await expect(redeemHandoff(ctx, one.id, 'k')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(redeemHandoff(ctx, two.id, 'k')).rejects.toMatchObject({ code: 'unavailable' });
    expect([await custody(ctx, gone.grantId), await custody(ctx, kept.grantId)]).toEqual(['handed_over', 'claimed']);
    goOn();
    for (const { id } of [one, two])
      expect(JSON.parse((await redeemHandoff(ctx, id, 'k')).reveal())).toHaveProperty('refresh_token');
  });

  test('on a full disk leaves no file behind for each line it could not take', async () => {
    const { ctx } = await twoSealed();
    await restart();
    const before = readdirSync(folder());
    const full = vi.spyOn(await fileHandles(), 'appendFile').mockRejectedValue(new Error('ENOSPC'));
    for (const _ of ['first', 'second', 'third']) await expect(readyToNote()).rejects.toThrow(/cannot be written/);
    full.mockRestore();
    expect(readdirSync(folder())).toEqual(before);
    await aSealedConnection(await again(ctx), { user: 'k.bakker' });
    expect(readdirSync(folder())).toHaveLength(before.length + 1);
  });

  /** A journal that was last written to so many days ago. */
  function aJournal(daysAgo: number): string {
    const file = path.join(folder(), `${daysAgo}-days-ago.jsonl`);
    writeFileSync(file, '');
    utimesSync(file, new Date(), new Date(Date.now() - daysAgo * 86_400_000));
    return path.basename(file);
  }

  test('whose day is long past is forgotten by the next who writes there', async () => {
    const { ctx } = await twoSealed();
    await restart();
    const [old, young] = [aJournal(40), Array.from({ length: 35 }, (_, day) => aJournal(day))];
    await aSealedConnection(await again(ctx), { user: 'k.bakker' });
    const left = readdirSync(folder());
    expect(left).not.toContain(old);
    expect(left).toEqual(expect.arrayContaining(young));
  });

  test('is not old because a clock jumped ahead', async () => {
    const { ctx } = await twoSealed();
    await restart();
    const before = [aJournal(-40), ...Array.from({ length: 33 }, (_, day) => aJournal(day))];
    const jumped = vi.spyOn(wallClock, 'now').mockReturnValue(new Date(Date.now() + 40 * 86_400_000));
    await readyToNote();
    jumped.mockRestore();
    await aSealedConnection(await again(ctx), { user: 'k.bakker' });
    expect(readdirSync(folder())).toEqual(expect.arrayContaining(before));
  });
});
