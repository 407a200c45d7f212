import { audit } from '../audit/index.ts';
import { config } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';

/** The most a partner may have at a time; every status request compares with them. */
export const mostOrigins = 50;
const longestOrigin = 300;
const longestReturnUrl = 500;

const named =
  /^https:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[1-9]\d{0,4})?$/;
const thisMachine = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::[1-9]\d{0,4})?$/;

/**
 * What is wrong with an origin as the place of a button, as a sentence; null when nothing is. It must be what a browser
 * itself writes in `Origin` (RFC 6454 §6.2), letter by letter, since it is compared so: https by name, or in a sandbox a
 * page on this machine.
 */
export function originFault(text: string, sandbox: boolean): string | null {
  if (text.length > longestOrigin) return 'That is too long for an origin.';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (thisMachine.test(text) && url?.origin === text)
    return sandbox ? null : 'An address of this machine is for a sandbox only.';
  if (named.test(text) && url?.origin === text) return null;
  const meant = url && !url.username && !url.password ? url.origin : '';
  if (named.test(meant) || (sandbox && thisMachine.test(meant)))
    return `Give the origin alone, as browsers write it: ${meant}`;
  return url?.protocol === 'http:'
    ? 'An origin starts with https:// (http is for this machine, in a sandbox).'
    : 'Give an origin such as https://app.example.com: https, a host name, nothing after it.';
}

/** After the origin: what RFC 3986 lets stand there, without the part after #. */
const afterOrigin = /^(?:[/?][\w\-.~:/?@!$&'()*+,;=%]*)?$/;
const notAReturnUrl = 'Give a return_url such as https://app.example.com/connected: whole, and as browsers write it.';
const strayPercent = /%(?![0-9a-f]{2})/i;

/**
 * What is wrong with an address as the way back to a partner, as a sentence; null when nothing is. It begins with its origin,
 * letter by letter, so that no browser reads another host into it (E-1); whose origin that is, `mayReturnTo` asks.
 */
export function returnUrlFault(text: string, sandbox: boolean): string | null {
  if (text.length > longestReturnUrl) return `A return_url has at most ${longestReturnUrl} characters.`;
  if (text.includes('#')) return 'A return_url has no part after #.';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.username || url?.password) return 'A return_url has no user name or password in it.';
  const rest = url && text.startsWith(url.origin) ? text.slice(url.origin.length) : null;
  if (!url || rest === null || !afterOrigin.test(rest) || strayPercent.test(rest)) return notAReturnUrl;
  if (originFault(url.origin, sandbox) === null) return null;
  return url.protocol === 'http:'
    ? 'A return_url starts with https:// (http is for this machine, in a sandbox).'
    : notAReturnUrl;
}

export type EmbedOriginView = { id: string; origin: string; createdAt: Date; removedAt: Date | null };

const view = { id: true, origin: true, createdAt: true, removedAt: true } as const;

/** Where this partner's buttons stand or stood, newest first. */
export const listOrigins = (ctx: Ctx): Promise<EmbedOriginView[]> =>
  inTenant(ctx.partnerId, (tx) =>
    tx.embedOrigin.findMany({
      where: { partnerId: ctx.partnerId },
      select: view,
      orderBy: { createdAt: 'desc' },
    }),
  );

/** Registers an origin; one that is registered stays as it is. Throws invalid_request with the fault. */
export async function addOrigin(ctx: Ctx, text: string): Promise<EmbedOriginView> {
  const origin = text.trim();
  const fault = originFault(origin, ctx.sandbox);
  if (fault) throw new AppError('invalid_request', fault);
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    const live = await tx.embedOrigin.findMany({ where: { partnerId, removedAt: null }, select: view });
    const known = live.find((row) => row.origin === origin);
    if (known) return known;
    if (live.length >= mostOrigins)
      throw new AppError('invalid_request', `There are ${mostOrigins} origins already; remove one first.`);
    const id = newId('embedOrigin');
    await tx.$executeRaw`
      INSERT INTO embed_origin (partner_id, id, origin, created_at)
      VALUES (${partnerId}, ${id}, ${origin}, ${ctx.clock.now()})
      ON CONFLICT (partner_id, origin) WHERE removed_at IS NULL DO NOTHING`;
    const row = await tx.embedOrigin.findFirstOrThrow({ where: { partnerId, origin, removedAt: null }, select: view });
    if (row.id === id) await audit(tx, ctx, 'embed_origin.added', {}, { embed_origin_id: id, origin });
    return row;
  });
}

/** Ends an origin: from here on no page tells it anything, and it reads no status. Throws not_found. */
export async function removeOrigin(ctx: Ctx, id: string): Promise<void> {
  const { partnerId } = ctx;
  await inTenant(partnerId, async (tx) => {
    const row = await tx.embedOrigin.findFirst({ where: { partnerId, id }, select: view });
    if (!row) throw notFound();
    const { count } = await tx.embedOrigin.updateMany({
      where: { partnerId, id, removedAt: null },
      data: { removedAt: ctx.clock.now() },
    });
    if (count === 1) await audit(tx, ctx, 'embed_origin.removed', {}, { embed_origin_id: id, origin: row.origin });
  });
}

/** Whether a page of this origin may be told how an invitation goes: the partner's own, or ours in a sandbox (its playground). */
export async function mayBeTold(tx: Tx, ctx: Pick<Ctx, 'partnerId' | 'sandbox'>, origin: string): Promise<boolean> {
  if (ctx.sandbox && origin === config().publicUrl) return true;
  const { partnerId } = ctx;
  return (await tx.embedOrigin.count({ where: { partnerId, origin, removedAt: null } })) > 0;
}

/** Whether a customer may be offered the way to this address: well-formed, and at an origin the partner has registered now. */
export const mayReturnTo = async (
  tx: Tx,
  ctx: Pick<Ctx, 'partnerId' | 'sandbox'>,
  returnUrl: string,
): Promise<boolean> => returnUrlFault(returnUrl, ctx.sandbox) === null && mayBeTold(tx, ctx, new URL(returnUrl).origin);
