import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { confirmHandoff, readHandoff } from '#lib/handoff/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { addRecipientKey, createTarget, readTarget, type TargetInput } from '#lib/targets/index.ts';
import { jar } from '#lib/testing/jar.ts';
import { aSealedConnection, eventsOf } from '#lib/testing/journey.ts';
import { ageSignIn, ask, signedInMember, submit } from '#lib/testing/member.ts';
import { aRecipientKey, aTargetInput, decrypted } from '#lib/testing/recipient.ts';
import { aPartner, later, type World, world } from '#lib/testing/world.ts';
import { POST as claim } from './connections/[id]/claim/route.ts';
import { GET as credentials } from './handoffs/[id]/credentials/route.ts';
import * as file from './handoffs/[id]/file/route.ts';
import { GET as jws } from './handoffs/[id]/receipt/jws/route.ts';
import { GET as text } from './handoffs/[id]/receipt/text/route.ts';
import { POST as values } from './handoffs/[id]/values/route.ts';
import { POST as make } from './targets/create/route.ts';

vi.mock('next/headers', async () => ({ cookies: (await import('#lib/testing/jar.ts')).cookiesOfJar }));
vi.mock('next/navigation', () => ({ redirect: () => {} }));

let house: World;
beforeAll(async () => {
  house = await world();
});
beforeEach(() => jar.clear());
afterAll(() => house.close());

/** A member before a connection that may be claimed, with a target of kind file. */
async function aDesk(more: Partial<TargetInput> = {}) {
  const partner = await aPartner();
  const { connectionId } = await aSealedConnection(partner);
  await later(partner, 600);
  const { ctx } = await signedInMember(house, partner);
  const input = aTargetInput({ name: 'Work list', kind: 'file', file: { format: 'csv' }, ...more });
  return { partner, ctx, connectionId, target: await createTarget(ctx, input) };
}
async function claimed(connectionId: string, target: string): Promise<string> {
  const started = await submit(claim, { id: connectionId }, { target });
  return /hof_\w+/.exec(started.headers.get('location') ?? '')?.[0] ?? '';
}
const take = (id: string) => submit(file.POST, { id }, { back: `/console/handoffs/${id}` });
const get = (route: typeof jws, id: string, query = '') =>
  route(new Request(`http://localhost:3999/console/x${query}`), { params: Promise.resolve({ id }) });
const delivered = async (ctx: Ctx, id: string) => (await readHandoff(ctx, id)).deliveredAt !== null;

describe('the one-time download', () => {
  test('is a file by its headers, that nothing keeps; the same session hears the same bytes', async () => {
    const { connectionId, target } = await aDesk();
    const id = await claimed(connectionId, target.id);
    const answer = await take(id);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-disposition': `attachment; filename="waxseal-${id}-single-use.csv"`,
      'content-type': 'text/csv; charset=utf-8; header=present',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
    });
    const first = await answer.text();
    expect(first).toMatch(/^"customer_reference",.*\r\n"","Bakkerij De Korenaar B\.V\.","nl",/);
    expect(await (await take(id)).text()).toBe(first);
  });

  test('by POST only: no address of it delivers on a look', () => {
    expect(Object.keys(file)).toEqual(['POST']);
  });

  test('with a sign-in of six minutes ago nothing leaves; once it has, the same session may repeat', async () => {
    const { ctx, connectionId, target } = await aDesk();
    const id = await claimed(connectionId, target.id);
    await ageSignIn(house, '6 minutes');
    expect((await take(id)).status).toBe(401);
    expect(await delivered(ctx, id)).toBe(false);
    await ageSignIn(house, '4 minutes');
    const first = await (await take(id)).text();
    await ageSignIn(house, '6 minutes');
    expect(await (await take(id)).text()).toBe(first);
  });

  test('not from another page, not for a colleague, not over the door of the screen: back with a sentence, and nothing has left', async () => {
    const { ctx, partner, connectionId, target } = await aDesk();
    const id = await claimed(connectionId, target.id);
    const forged = new Request('http://localhost:3999/x', { method: 'POST', body: new URLSearchParams({ csrf: 'x' }) });
    expect((await file.POST(forged, { params: Promise.resolve({ id }) })).status).toBe(303);
    expect((await ask(values, { id })).status).toBe(409);
    await signedInMember(house, partner);
    const refused = await take(id);
    expect([refused.status, refused.headers.get('location')]).toEqual([303, expect.stringMatching(/error=Only/)]);
    expect(await delivered(ctx, id)).toBe(false);
  });

  test('encrypted for the key that the claim named, as application/jose', async () => {
    const { ctx, connectionId, target } = await aDesk({ recipient_key_required: true });
    const machine = aRecipientKey();
    const key = await addRecipientKey(ctx, target.id, machine.input);
    const id = await claimed(connectionId, `${target.id} ${key.id}`);
    const answer = await take(id);
    expect(answer.headers.get('content-type')).toBe('application/jose');
    expect(answer.headers.get('content-disposition')).toMatch(/-single-use\.csv\.jwe"$/);
    const jwe = await answer.text();
    await expect(decrypted(machine, JSON.stringify({ bundle: jwe }))).rejects.toThrow(/JSON/); // it holds a CSV
  });

  test('a value that the file cannot hold is told by its field, the claim can be given back', async () => {
    const { ctx, connectionId, target } = await aDesk({ file: { format: 'settings_xml' } });
    await house.admin.query("UPDATE token_grant SET redirect_uri = redirect_uri || '?x;y' WHERE connection_id = $1", [
      connectionId,
    ]);
    const id = await claimed(connectionId, target.id);
    const refused = await take(id);
    const said = decodeURIComponent(refused.headers.get('location') ?? '').replaceAll('+', ' ');
    expect(said).toMatch(/This file cannot hold redirect_url as it is: it has a semicolon in it/);
    expect(said).not.toContain('x;y');
    expect(await delivered(ctx, id)).toBe(false);
  });
});

test('a target of kind file is made from the form, encrypted only where its own box is ticked', async () => {
  const partner = await aPartner();
  const { ctx } = await signedInMember(house, partner);
  const form = { name: 'Sheets', kind: 'file', format: 'sheet', recipient_key_required: 'on', member_roles: 'admin' };
  const idOf = (answer: Response) => /tgt_\w+/.exec(answer.headers.get('location') ?? '')?.[0] ?? '';
  const readable = await readTarget(ctx, idOf(await submit(make, {}, form)));
  expect(readable).toMatchObject({
    ...{ kind: 'file', file: { format: 'sheet' }, recipientKeyRequired: false, apiKeyIds: [], memberRoles: ['admin'] },
  });
  const other = await submit(make, {}, { ...form, name: 'For a machine', file_encrypted: 'on' });
  expect((await readTarget(ctx, idOf(other))).recipientKeyRequired).toBe(true);
  const refused = await submit(make, {}, { ...form, name: 'Twinfield', format: 'twinfield_xml' });
  expect(refused.headers.get('location')).toMatch(/error=file\.format/);
});

describe('what is kept afterwards', () => {
  test('the receipt, signed and in four lines, and the fragment for on-premise; none of them for another partner', async () => {
    const { ctx, connectionId, target } = await aDesk();
    const id = await claimed(connectionId, target.id);
    const secrets = (await (await take(id)).text()).split(/["\r\n,]+/).filter((part) => part.length > 40);
    expect((await get(jws, id)).status).toBe(404);
    expect((await get(credentials, id)).status).toBe(409);
    await confirmHandoff(ctx, id, { outcome: 'accepted' });

    const signed = await get(jws, id);
    expect([signed.headers.get('content-type'), signed.headers.get('content-disposition')]).toEqual([
      'application/jose',
      `attachment; filename="waxseal-receipt-${id}.jws"`,
    ]);
    expect(await signed.text()).toBe((await readHandoff(ctx, id)).receipt);
    const lines = (await (await get(text, id)).text()).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(
        /^Connection con_\w+ \/ Bakkerij De Korenaar B\.V\. \/ Exact Online nl \/ client ID \.\.\..{4}$/,
      ),
      expect.stringMatching(/^Authorised by j\.jansen\S* at 20\S+Z, valid until 20\S+Z$/),
      expect.stringMatching(/^Exported by Ann at 20\S+Z as CSV work list; token fingerprint [0-9a-f]{12}$/),
      expect.stringMatching(/^Registration: confirmed at 20\S+Z$/),
      '',
    ]);
    const fragment = await (await get(credentials, id, '?database=korenaar')).text();
    expect(fragment).toContain('description="Bakkerij De Korenaar B.V."\n  database="korenaar"');
    for (const secret of secrets) expect([...lines, fragment].join('\n')).not.toContain(secret);

    const events = await eventsOf(ctx);
    expect(events.filter(({ type }) => type === 'handoff.delivered')).toMatchObject([{ data: { file_format: 'csv' } }]);
    await signedInMember(house, await aPartner());
    for (const route of [jws, text, credentials]) expect((await get(route, id)).status).toBe(404);
  });
});
