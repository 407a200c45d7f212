import { createHash } from 'node:crypto';
import { audit } from '../audit/index.ts';
import { logoPath, storedTokens, ThemeTokens } from '../branding/index.ts';
import { inTenant, type Prisma, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { type Logo, redraw } from '../logo/index.ts';

/** The most logos a partner keeps at a time. */
export const mostLogos = 12;

export type LogoView = Omit<Logo, 'bytes'> & { id: string; path: string; createdAt: Date };

const pathOf = (partnerId: string, { id, media }: { id: string; media: string }) =>
  `/brand/${partnerId}/${id}.${media}`;

const view = { id: true, media: true, width: true, height: true, tone: true, createdAt: true } as const;

const rowsOf = (tx: Tx, partnerId: string) =>
  tx.partnerLogo.findMany({ where: { partnerId }, select: view, orderBy: { createdAt: 'desc' } });

/** The logos this partner may choose from, newest first. */
export async function listLogos({ partnerId }: Ctx): Promise<LogoView[]> {
  const rows = await inTenant(partnerId, (tx) => rowsOf(tx, partnerId));
  return rows.map((row) => ({ ...row, path: pathOf(partnerId, row) }) as LogoView);
}

/** One change of a brand at a time: what it may choose from does not go while it is chosen. */
const holdPartner = (tx: Tx, partnerId: string) =>
  tx.$queryRaw`SELECT FROM partner WHERE partner_id = ${partnerId} FOR NO KEY UPDATE`;

/** Draws an upload anew and keeps it to choose from; the pages show it once it is chosen. Throws what `redraw` throws. */
export async function keepLogo(ctx: Ctx, upload: Uint8Array): Promise<LogoView> {
  const { partnerId } = ctx;
  const { bytes, ...drawn } = await redraw(upload);
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return inTenant(partnerId, async (tx) => {
    await holdPartner(tx, partnerId);
    const rows = await rowsOf(tx, partnerId);
    const known = rows.find((row) => row.id === id);
    if (!known && rows.length >= mostLogos)
      throw new AppError('invalid_request', `There are ${mostLogos} logos already; remove one first.`);
    const createdAt = ctx.clock.now();
    if (!known) {
      await tx.partnerLogo.create({ data: { partnerId, id, ...drawn, bytes, createdAt } });
      await audit(tx, ctx, 'brand.logo_added', {}, { logo: id, bytes: bytes.length });
    }
    return { ...drawn, id, createdAt: known?.createdAt ?? createdAt, path: pathOf(partnerId, { id, ...drawn }) };
  });
}

/** Removes a logo that no page shows. Throws not_found, and invalid_request for one in use. */
export async function removeLogo(ctx: Ctx, id: string): Promise<void> {
  const { partnerId } = ctx;
  await inTenant(partnerId, async (tx) => {
    await holdPartner(tx, partnerId);
    const row = (await rowsOf(tx, partnerId)).find((candidate) => candidate.id === id);
    if (!row) throw notFound();
    const { count } = await tx.partnerLogo.deleteMany({ where: { partnerId, id } });
    if (count === 0) throw new AppError('invalid_request', 'Your pages show this logo; choose another one first.');
    await audit(tx, ctx, 'brand.logo_removed', {}, { logo: id });
  });
}

/** A logo as it is served, by its address; null for every address that is not exactly one's. */
export async function findLogo(partnerId: string, file: string): Promise<{ media: string; bytes: Uint8Array } | null> {
  const [, , id, media] = logoPath.exec(`/brand/${partnerId}/${file}`) ?? [];
  if (!isId('partner', partnerId) || !id || !media) return null;
  return inTenant(partnerId, async (tx) => {
    const isThere = await tx.partner.count({ where: { partnerId, deletedAt: null } });
    return isThere
      ? tx.partnerLogo.findFirst({ where: { partnerId, id, media }, select: { media: true, bytes: true } })
      : null;
  });
}

async function refuseForeignLogos(tx: Tx, partnerId: string, tokens: ThemeTokens): Promise<void> {
  const own = new Set((await rowsOf(tx, partnerId)).map((row) => pathOf(partnerId, row)));
  for (const chosen of [tokens.logoUrl, tokens.logoDarkUrl])
    if (chosen && !own.has(chosen))
      throw new AppError('invalid_request', 'That logo is no longer there; choose another.');
}

const asText = (value: unknown) => JSON.stringify(value ?? null);

/** The fields in which two brands differ. */
function changedFields(before: ThemeTokens | null, after: ThemeTokens): string[] {
  const fields = Object.keys(ThemeTokens.shape) as (keyof ThemeTokens)[];
  return fields.filter((field) => asText(before?.[field]) !== asText(after[field])).sort();
}

/** A name for how a brand is now: another one after each change. */
export function brandStamp(tokens: ThemeTokens | null): string {
  const fields = Object.keys(ThemeTokens.shape) as (keyof ThemeTokens)[];
  const text = JSON.stringify(fields.sort().map((field) => asText(tokens?.[field])));
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

const readTokens = async (tx: Tx, { partnerId }: Ctx) =>
  storedTokens((await tx.partner.findFirstOrThrow({ where: { partnerId }, select: { theme: true } })).theme);

async function writeBrand(tx: Tx, ctx: Ctx, tokens: ThemeTokens, fields: string[]): Promise<string[]> {
  if (fields.length === 0) return fields;
  const { partnerId } = ctx;
  await tx.partner.updateMany({ where: { partnerId }, data: { theme: tokens as Prisma.InputJsonValue } });
  await audit(tx, ctx, 'brand.changed', {}, { fields: fields.join(' ') });
  return fields;
}

/**
 * Changes how the partner's pages and mails look, from the next request on. Returns which fields changed; the trail names them, not
 * what they say; or `outdated`, and nothing changed, where `typedOver` is given and no longer the brand's stamp.
 * Throws ZodError for what a theme may not hold, and invalid_request for a logo that is not among the partner's.
 */
export async function changeBrand(ctx: Ctx, input: unknown, typedOver?: string): Promise<string[] | 'outdated'> {
  const tokens = ThemeTokens.parse(input);
  return inTenant(ctx.partnerId, async (tx) => {
    await holdPartner(tx, ctx.partnerId);
    await refuseForeignLogos(tx, ctx.partnerId, tokens);
    const now = await readTokens(tx, ctx);
    const fields = changedFields(now, tokens);
    if (fields.length > 0 && typedOver !== undefined && typedOver !== brandStamp(now)) return 'outdated';
    return writeBrand(tx, ctx, tokens, fields);
  });
}

type Brand = { tokens: ThemeTokens | null; logos: Prisma.PartnerLogoGetPayload<object>[] };

const readBrand = (partnerId: string): Promise<Brand> =>
  inTenant(partnerId, async (tx) => {
    const { theme } = await tx.partner.findFirstOrThrow({ where: { partnerId }, select: { theme: true } });
    const tokens = storedTokens(theme);
    const used = [tokens?.logoUrl, tokens?.logoDarkUrl].map((url) => logoPath.exec(url ?? '')?.[2] ?? '');
    return { tokens, logos: await tx.partnerLogo.findMany({ where: { partnerId, id: { in: used } } }) };
  });

const movedTo = (partnerId: string, url: string | null | undefined) =>
  url ? url.replace(logoPath, `/brand/${partnerId}/$2.$3`) : null;

/** Gives a partner the brand of another row of the same house (a live partner and its sandbox), with the logos it shows. */
export async function takeBrand(ctx: Ctx, fromPartnerId: string): Promise<string[]> {
  const { partnerId } = ctx;
  const { tokens, logos } = await readBrand(fromPartnerId);
  if (!tokens) throw new AppError('invalid_request', 'There is no brand to take over.');
  return inTenant(partnerId, async (tx) => {
    await holdPartner(tx, partnerId);
    const createdAt = ctx.clock.now();
    await tx.partnerLogo.createMany({
      data: logos.map((logo) => ({ ...logo, partnerId, createdAt })),
      skipDuplicates: true,
    });
    const logoUrl = movedTo(partnerId, tokens.logoUrl);
    const taken = { ...tokens, logoUrl, logoDarkUrl: movedTo(partnerId, tokens.logoDarkUrl) };
    return writeBrand(tx, ctx, taken, changedFields(await readTokens(tx, ctx), taken));
  });
}
