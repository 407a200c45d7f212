import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readConnection } from '#lib/connections/index.ts';
import { claimHandoff, readHandoff } from '#lib/handoff/index.ts';
import { jar } from '#lib/testing/jar.ts';
import { aSealedConnection } from '#lib/testing/journey.ts';
import { ask, signedInMember, submit } from '#lib/testing/member.ts';
import { aPartner, later, type World, world } from '#lib/testing/world.ts';
import { POST as askAgain } from './connections/[id]/ask/route.ts';
import { POST as cancel } from './handoffs/[id]/cancel/route.ts';
import { POST as confirm } from './handoffs/[id]/confirm/route.ts';
import { POST as agree } from './handoffs/[id]/reopen/agree/route.ts';
import { POST as reopen } from './handoffs/[id]/reopen/route.ts';
import { POST as values } from './handoffs/[id]/values/route.ts';

vi.mock('next/headers', async () => ({ cookies: (await import('#lib/testing/jar.ts')).cookiesOfJar }));
vi.mock('next/navigation', () => ({ redirect: () => {} }));

let house: World;
beforeAll(async () => {
  house = await world();
});
beforeEach(() => jar.clear());
afterAll(() => house.close());

/** A handoff whose values a member has just looked at. */
async function delivered() {
  const partner = await aPartner();
  const { connectionId } = await aSealedConnection(partner);
  await later(partner, 600);
  const { ctx } = await signedInMember(house, partner);
  const { id } = await claimHandoff(ctx, { connectionId });
  expect((await ask(values, { id })).status).toBe(200);
  return { ctx, id, connectionId };
}

/** Whether a text lies anywhere in the tables that an outcome writes to. */
async function isKept(text: string): Promise<boolean> {
  const tables = ['handoff', 'audit_event', 'outbox_event', 'token_grant'];
  const each = tables.map((name) => `SELECT 1 FROM ${name} t WHERE t::text LIKE '%' || $1 || '%'`);
  return ((await house.admin.query(each.join(' UNION ALL '), [text])).rowCount ?? 0) > 0;
}

test('a dead token, told by its text, ends as needs consent, and one press asks the customer again', async () => {
  const { ctx, id, connectionId } = await delivered();
  const pasted = 'itgenoda185 … {"error":"unauthorized_client","error_description":"Old refresh token used."}';
  await submit(confirm, { id }, { outcome: 'rejected', pasted, code: 'other' });
  expect(await readHandoff(ctx, id)).toMatchObject({ status: 'rejected', outcomeCode: 'old_refresh_token' });
  expect((await readConnection(ctx, connectionId)).status).toBe('needs_consent');
  const asked = await submit(askAgain, { id: connectionId }, { channel: 'redirect' });
  expect(asked.headers.get('location')).toMatch(/\?invited=inv_/);
  expect((await readConnection(ctx, connectionId)).status).toBe('invited');
});

test('a text we do not know is kept as `other`, and nothing of it', async () => {
  const { ctx, id } = await delivered();
  const secret = 'stampEKGBdAAAA-secret';
  await submit(confirm, { id }, { outcome: 'rejected', pasted: `oops ${secret}`, code: secret });
  expect((await readHandoff(ctx, id)).outcomeCode).toBe('other');
  expect(await isKept('rejected')).toBe(true);
  expect(await isKept(secret)).toBe(false);
});

test('what was picked counts when nothing was pasted', async () => {
  const { ctx, id } = await delivered();
  await submit(confirm, { id }, { outcome: 'rejected', pasted: '', code: 'itgenscr590' });
  expect((await readHandoff(ctx, id)).outcomeCode).toBe('itgenscr590');
});

test('somebody else’s claim is not given back by one member, and is by two', async () => {
  const partner = await aPartner();
  const { connectionId } = await aSealedConnection(partner);
  await later(partner, 600);
  const { ctx } = await signedInMember(house, partner);
  const { id } = await claimHandoff(ctx, { connectionId });
  await signedInMember(house, partner);
  expect((await submit(cancel, { id }, {})).headers.get('location')).toMatch(/error=Only/);
  expect((await submit(reopen, { id }, { reason: 'because' })).headers.get('location')).toMatch(/error=Choose/);
  await submit(reopen, { id }, { reason: 'holder_away' });
  expect((await submit(agree, { id }, {})).headers.get('location')).toMatch(/error=You/);
  expect((await readHandoff(ctx, id)).status).toBe('claimed');
  await signedInMember(house, partner);
  await submit(agree, { id }, {});
  expect((await readHandoff(ctx, id)).status).toBe('cancelled');
  expect((await readConnection(ctx, connectionId)).status).toBe('sealed');
});
