import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storedTokens } from '../branding/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { aPicture } from '../testing/picture.ts';
import { plainTheme } from '../testing/theme.ts';
import { aPartner, type World, world } from '../testing/world.ts';
import {
  addMember,
  brandStamp,
  changeBrand,
  ctxOfMember,
  deleteOne,
  enterTwin,
  findLogo,
  keepLogo,
  listLogos,
  mostLogos,
  openCtx,
  readPartner,
  removeLogo,
  takeBrand,
} from './index.ts';

let house: World;
beforeAll(async () => {
  house = await world();
});
afterAll(() => house.close());

const themeOf = async (ctx: Ctx) => (await inTenant(ctx.partnerId, (tx) => readPartner(tx, ctx))).theme;
const trailOf = async ({ partnerId }: Ctx) =>
  (
    await house.admin.query(
      `SELECT action, detail FROM audit_event WHERE partner_id = $1 AND action LIKE 'brand.%' ORDER BY at, seq`,
      [partnerId],
    )
  ).rows as { action: string; detail: Record<string, unknown> }[];

test('a change is kept whole, and the trail names what changed, never what it says', async () => {
  const ctx = await aPartner();
  expect(await changeBrand(ctx, plainTheme)).toContain('displayName');
  const next = {
    ...plainTheme,
    accent: '#FFE600',
    doneWords: { nl: 'Morgen ziet u uw cijfers.' },
    replyTo: 'help@korenaar.example',
  };
  expect(await changeBrand(ctx, next)).toEqual(['accent', 'doneWords', 'replyTo']);
  expect(await themeOf(ctx)).toEqual({ ...next, accent: '#ffe600' });
  expect(await changeBrand(ctx, next)).toEqual([]);
  const trail = await trailOf(ctx);
  expect(trail).toHaveLength(2);
  expect(trail[1]).toEqual({ action: 'brand.changed', detail: { fields: 'accent doneWords replyTo' } });
  expect(JSON.stringify(trail)).not.toMatch(/ffe600|cijfers|help@/i);
});

test('of two who typed over the same brand the second is told, and can save after all', async () => {
  const ctx = await aPartner();
  await changeBrand(ctx, plainTheme);
  const seen = brandStamp(storedTokens(await themeOf(ctx)));
  expect(await changeBrand(ctx, { ...plainTheme, accent: '#7a3ea1' }, seen)).toEqual(['accent']);
  const mine = { ...plainTheme, radius: 'round' } as const;
  expect(await changeBrand(ctx, mine, seen)).toBe('outdated');
  expect(await themeOf(ctx)).toMatchObject({ accent: '#7a3ea1', radius: 'soft' });
  expect(await changeBrand(ctx, { ...plainTheme, accent: '#7a3ea1' }, seen)).toEqual([]); // what is there already overwrites nothing
  const now = brandStamp(storedTokens(await themeOf(ctx)));
  expect(now).not.toBe(seen);
  expect(await changeBrand(ctx, mine, now)).toEqual(['accent', 'radius']);
  expect(await trailOf(ctx)).toHaveLength(3);
});

test('of two who save at once one is told', async () => {
  const ctx = await aPartner();
  await changeBrand(ctx, plainTheme);
  const seen = brandStamp(storedTokens(await themeOf(ctx)));
  const results = await Promise.all(
    ['#0f5f57', '#0f5f58', '#0f5f59', '#0f5f5a'].map((accent) => changeBrand(ctx, { ...plainTheme, accent }, seen)),
  );
  expect(results.filter((result) => result === 'outdated')).toHaveLength(3);
});

test('what a theme may not hold is refused, and nothing is changed', async () => {
  const ctx = await aPartner();
  await changeBrand(ctx, plainTheme);
  for (const bad of [
    { accent: 'red' },
    { displayName: 'a\u202eb' },
    { supportUrl: 'javascript:alert(1)' },
    { radius: 'url(x)' },
  ])
    await expect(changeBrand(ctx, { ...plainTheme, ...bad })).rejects.toThrow();
  expect(await themeOf(ctx)).toEqual(plainTheme);
});

test('a logo is kept by what it holds, chosen, and then not removed from under the pages', async () => {
  const ctx = await aPartner();
  const logo = await keepLogo(ctx, await aPicture());
  expect(await keepLogo(ctx, await aPicture())).toEqual(logo);
  expect(logo.path).toBe(`/brand/${ctx.partnerId}/${logo.id}.png`);
  expect(await listLogos(ctx)).toEqual([logo]);
  await changeBrand(ctx, { ...plainTheme, logoUrl: logo.path });
  await expect(removeLogo(ctx, logo.id)).rejects.toThrow('Your pages show this logo');
  await changeBrand(ctx, { ...plainTheme, logoUrl: null });
  await removeLogo(ctx, logo.id);
  expect(await listLogos(ctx)).toEqual([]);
  expect(await findLogo(ctx.partnerId, `${logo.id}.png`)).toBeNull();
  await expect(removeLogo(ctx, logo.id)).rejects.toThrow();
  await expect(changeBrand(ctx, { ...plainTheme, logoUrl: logo.path })).rejects.toThrow('no longer there');
  expect((await trailOf(ctx)).map(({ action }) => action)).toEqual([
    'brand.logo_added',
    'brand.changed',
    'brand.changed',
    'brand.logo_removed',
  ]);
});

test('the dark one is held as fast as the other', async () => {
  const ctx = await aPartner();
  const [one, other] = [
    await keepLogo(ctx, await aPicture()),
    await keepLogo(ctx, await aPicture({ colour: '#ffffff' })),
  ];
  await changeBrand(ctx, { ...plainTheme, logoUrl: one.path, logoDarkUrl: other.path });
  await expect(removeLogo(ctx, other.id)).rejects.toThrow('Your pages show this logo');
});

test('another partner’s logo is nobody else’s to choose, to remove or to find under another name', async () => {
  const [mine, theirs] = [await aPartner(), await aPartner()];
  const logo = await keepLogo(theirs, await aPicture({ colour: '#aa0000' }));
  await expect(changeBrand(mine, { ...plainTheme, logoUrl: logo.path })).rejects.toThrow('no longer there');
  await expect(removeLogo(mine, logo.id)).rejects.toThrow();
  expect(await findLogo(mine.partnerId, `${logo.id}.png`)).toBeNull();
  expect((await findLogo(theirs.partnerId, `${logo.id}.png`))?.media).toBe('png');
});

test('an address that is not exactly a logo’s finds nothing', async () => {
  const ctx = await aPartner();
  const { id } = await keepLogo(ctx, await aPicture());
  for (const file of [
    id,
    `${id}.webp`,
    `${id}.svg`,
    `${id}.png/`,
    `../${id}.png`,
    `${id.toUpperCase()}.png`,
    `${id}%00.png`,
    '',
    `x${id}.png`,
  ])
    expect([file, await findLogo(ctx.partnerId, file)]).toEqual([file, null]);
  for (const partner of [
    '',
    'ptn_',
    `${ctx.partnerId}x`,
    '../ptn',
    "' OR 1=1 --",
    ctx.partnerId.replace('ptn_', 'cus_'),
  ])
    expect(await findLogo(partner, `${id}.png`)).toBeNull();
});

test('a deleted partner’s logo is gone with it', async () => {
  const ctx = await aPartner({ sandbox: false });
  const { id } = await keepLogo(ctx, await aPicture());
  await deleteOne(ctx);
  expect(await findLogo(ctx.partnerId, `${id}.png`)).toBeNull();
});

test('the thirteenth logo waits until one is removed', async () => {
  const ctx = await aPartner();
  for (let at = 0; at < mostLogos; at += 1) await keepLogo(ctx, await aPicture({ width: 100 + at }));
  await expect(keepLogo(ctx, await aPicture({ width: 99 }))).rejects.toThrow('remove one first');
  await keepLogo(ctx, await aPicture({ width: 100 })); // known already
  const [oldest] = await listLogos(ctx);
  await removeLogo(ctx, oldest?.id ?? '');
  await keepLogo(ctx, await aPicture({ width: 99 }));
}, 60_000);

/** Whatever reaches the table some other way is not served as something it is not. */
test('the database itself holds the size, the kind and the name of a logo', async () => {
  const { partnerId } = await aPartner();
  const insert = (id: string, media: string, bytes: Buffer) =>
    inTenant(
      partnerId,
      (tx) => tx.$executeRaw`INSERT INTO partner_logo (partner_id, id, media, width, height, tone, bytes, created_at)
        VALUES (${partnerId}, ${id}, ${media}, 10, 10, 'dark', ${bytes}, now())`,
    );
  const small = Buffer.from('x');
  const idOfX = '2d711642b726b044';
  await expect(insert('0123456789abcdef', 'png', small)).rejects.toThrow();
  await expect(insert(idOfX, 'svg', small)).rejects.toThrow();
  await expect(insert(idOfX, 'png', Buffer.alloc(65_537))).rejects.toThrow();
  await insert(idOfX, 'png', small);
});

async function aLiveMember() {
  const live = await aPartner({ sandbox: false });
  const memberId = await addMember(live, { email: `${randomUUID()}@example.test`, name: 'Ann', role: 'admin' });
  const member = await ctxOfMember({ partnerId: live.partnerId, memberId }, 'session', 'request');
  if (!member) throw new Error('no such member');
  return { live, member };
}
const ctxOf = async (partnerId: string): Promise<Ctx> => {
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'test' });
  if (!ctx) throw new Error('no such partner');
  return ctx;
};

test('a sandbox starts with the live brand and its logo, has its own from then on, and gives it back when asked', async () => {
  const { live, member } = await aLiveMember();
  const logo = await keepLogo(live, await aPicture());
  await changeBrand(live, { ...plainTheme, logoUrl: logo.path });
  const twin = await ctxOf(await enterTwin(member));
  const own = `/brand/${twin.partnerId}/${logo.id}.png`;
  expect(await themeOf(twin)).toEqual({ ...plainTheme, logoUrl: own, logoDarkUrl: null });
  expect(await findLogo(twin.partnerId, `${logo.id}.png`)).not.toBeNull();

  await changeBrand(twin, { ...plainTheme, accent: '#7a3ea1', logoUrl: own });
  expect(await themeOf(live)).toMatchObject({ accent: plainTheme.accent });
  await enterTwin(member);
  expect(await themeOf(twin)).toMatchObject({ accent: '#7a3ea1' });

  expect(await takeBrand(live, twin.partnerId)).toEqual(['accent']);
  expect(await themeOf(live)).toEqual({ ...plainTheme, accent: '#7a3ea1', logoUrl: logo.path, logoDarkUrl: null });
  expect(await listLogos(live)).toHaveLength(1);
});
