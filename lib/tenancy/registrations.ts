import { z } from 'zod';
import { audit } from '../audit/index.ts';
import { type Site, sites } from '../config/index.ts';
import type { ClientRegistration } from '../db/generated/client.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { isId, newId } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { open, seal } from '../vault/index.ts';
import { readPartner } from './partners.ts';
import { provider, RedirectUri, redirectFor, returnsHere } from './redirect.ts';

// Pasted values bring blanks and quotes along (E-11); Exact's client ID is a GUID, some are shown in braces.
const unquoted = (text: string) =>
  text
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim();
const ClientId = z
  .string()
  .transform((text) =>
    unquoted(text)
      .replace(/^\{(.*)\}$/, '$1')
      .toLowerCase(),
  )
  .pipe(z.guid("The client ID is a GUID of 36 characters, as Exact's app page shows it."));
const ClientSecret = z
  .string()
  .transform(unquoted)
  .pipe(
    z
      .string()
      .min(4, 'The client secret looks too short.')
      .max(1000)
      .regex(/^[^\s\p{Cc}]+$/u, 'The client secret contains a blank.'),
  );

/**
 * Whether customers are asked, back from the provider, if the account is the right one. `ask`: a *no* parks the consent;
 * `require`: so does silence; `skip`: nobody is asked.
 */
export const confirmations = ['skip', 'ask', 'require'] as const;
export type Confirmation = (typeof confirmations)[number];

export const RegistrationInput = z.strictObject({
  name: z.string().trim().min(1, 'Give the registration a name.').max(100),
  site: z.enum(sites),
  client_id: ClientId,
  client_secret: ClientSecret,
  /** The address that Exact has on file for this app; null where it is ours. Left out: ours, or as it was. */
  redirect_uri: RedirectUri.nullable().optional(),
  preflight: z.boolean().default(true),
  pkce: z.boolean().default(true),
  renew: z.boolean().optional(),
  confirmation: z.enum(confirmations).optional(),
});
export type RegistrationInput = z.infer<typeof RegistrationInput>;
/** A change leaves the secret alone unless a new one is typed. */
export const RegistrationChange = RegistrationInput.partial({ client_secret: true });
export type RegistrationChange = z.infer<typeof RegistrationChange>;

export type RegistrationView = {
  id: string;
  name: string;
  provider: string;
  site: Site;
  clientId: string;
  redirectUri: string;
  secretSetAt: Date;
  preflight: boolean;
  pkce: boolean;
  /** Whether sealed tokens are spent for successors before they lapse; opt-in (design §4). */
  renew: boolean;
  confirmation: Confirmation;
  /** Since when the provider refuses the app itself; null once it was mended. */
  refusedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

const view = (row: ClientRegistration): RegistrationView => ({
  id: row.id,
  name: row.name,
  provider: row.provider,
  site: row.site as Site,
  clientId: row.clientId,
  redirectUri: row.redirectUri,
  secretSetAt: row.secretSetAt,
  preflight: row.preflight,
  pkce: row.pkce,
  renew: row.renew,
  confirmation: row.confirmation as Confirmation,
  refusedAt: row.refusedAt,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

const secretPlace = (ctx: Ctx, id: string) =>
  ({ purpose: 'client_secret', partnerId: ctx.partnerId, recordId: id, field: 'client_secret' }) as const;

/**
 * Stores a partner's own app at the provider. The id may be reserved beforehand, because the redirect URL that the
 * partner pastes at Exact, before Exact shows the secret, contains it.
 */
export async function createRegistration(
  ctx: Ctx,
  input: RegistrationInput,
  reservedId?: string,
): Promise<RegistrationView> {
  const id = reservedId && isId('clientRegistration', reservedId) ? reservedId : newId('clientRegistration');
  const now = ctx.clock.now();
  return inTenant(ctx.partnerId, async (tx) => {
    const { home } = await readPartner(tx, ctx);
    const row = await tx.clientRegistration.create({
      data: {
        partnerId: ctx.partnerId,
        id,
        provider,
        site: input.site,
        name: input.name,
        clientId: input.client_id,
        clientSecret: await seal(tx, new Secret(input.client_secret), secretPlace(ctx, id)),
        secretSetAt: now,
        redirectUri: redirectFor(id, input.redirect_uri, home),
        preflight: input.preflight,
        pkce: input.pkce,
        renew: input.renew ?? false,
        confirmation: input.confirmation ?? 'ask',
        unusedDays: 30,
        createdAt: now,
        updatedAt: now,
      },
    });
    await audit(tx, ctx, 'client_registration.created', {}, { registration_id: id, site: input.site });
    return view(row);
  });
}

/** Whether renewals wait for a change of this registration: a fault of the app stopped them (C-2 row 5). */
async function hasStoppedRenewals(tx: Tx, { partnerId }: Ctx, id: string): Promise<boolean> {
  const [found] = await tx.$queryRaw<{ stopped: boolean }[]>`
    SELECT EXISTS (SELECT FROM connection c JOIN token_grant g ON g.partner_id = c.partner_id AND g.connection_id = c.id
      WHERE c.partner_id = ${partnerId} AND c.client_registration_id = ${id}
        AND g.custody = 'sealed' AND g.renew_at IS NULL AND g.fruitless_tries > 0) AS stopped`;
  return found?.stopped ?? false;
}

/** Whether a change says that Exact has another redirect URL on file than it had. */
function redirectMoves(now: Pick<RegistrationView, 'id' | 'redirectUri'>, typed: string | null | undefined): boolean {
  if (typed === undefined) return false;
  return typed === null ? !returnsHere(now) : typed !== now.redirectUri;
}

/** Whether a change touches the secret or where a consent leads: client ID, site, redirect URL, and what binds a code to us. */
export const isSensitive = (
  now: Pick<RegistrationView, 'id' | 'clientId' | 'site' | 'redirectUri' | 'pkce'>,
  change: RegistrationChange,
) =>
  change.client_secret !== undefined ||
  change.client_id !== now.clientId ||
  change.site !== now.site ||
  redirectMoves(now, change.redirect_uri) ||
  change.pkce !== now.pkce;

/** `replan`: the partner opted in or out of renewal, or a fault that had stopped renewals is presumed mended. */
export type ChangedRegistration = RegistrationView & { replan: boolean };

/**
 * Changes a registration. Client ID, site and redirect URL are part of every grant made with it, so they are fixed once one exists.
 * Throws not_found, registration_in_use, invalid_request (an address of ours).
 */
export async function changeRegistration(
  ctx: Ctx,
  id: string,
  input: RegistrationChange,
): Promise<ChangedRegistration> {
  return inTenant(ctx.partnerId, async (tx) => {
    const row = await tx.clientRegistration.findFirst({ where: { partnerId: ctx.partnerId, id } });
    if (!row) throw notFound();
    const elsewhere = redirectMoves(row, input.redirect_uri);
    const moved = row.clientId !== input.client_id || row.site !== input.site || elsewhere;
    const used =
      moved &&
      (await tx.grant.count({ where: { partnerId: ctx.partnerId, clientId: row.clientId, site: row.site } })) > 0;
    if (used) {
      throw new AppError(
        'registration_in_use',
        'Customers have connected through this client ID; create a new client registration instead.',
      );
    }
    const now = ctx.clock.now();
    const secret = input.client_secret;
    const { home } = await readPartner(tx, ctx);
    await tx.clientRegistration.updateMany({
      where: { partnerId: ctx.partnerId, id },
      data: {
        name: input.name,
        site: input.site,
        clientId: input.client_id,
        ...(elsewhere ? { redirectUri: redirectFor(id, input.redirect_uri, home) } : {}),
        preflight: input.preflight,
        pkce: input.pkce,
        renew: input.renew ?? row.renew,
        confirmation: input.confirmation ?? row.confirmation,
        refusedAt: null, // presumed mended, too
        updatedAt: now,
        ...(secret ? { clientSecret: await seal(tx, new Secret(secret), secretPlace(ctx, id)), secretSetAt: now } : {}),
      },
    });
    // A configuration fault is presumed mended; the next customer shows whether it is.
    const { count: unblocked } = await tx.connection.updateMany({
      where: { partnerId: ctx.partnerId, clientRegistrationId: id, attention: 'blocked' },
      data: { attention: null },
    });
    await audit(tx, ctx, 'client_registration.changed', {}, { registration_id: id, secret_replaced: Boolean(secret) });
    const changed = await tx.clientRegistration.findFirst({ where: { partnerId: ctx.partnerId, id } });
    if (!changed) throw notFound();
    const mended = changed.renew && (unblocked > 0 || (await hasStoppedRenewals(tx, ctx, id)));
    return { ...view(changed), replan: changed.renew !== row.renew || mended };
  });
}

export const listRegistrations = (ctx: Ctx): Promise<RegistrationView[]> =>
  inTenant(ctx.partnerId, async (tx) =>
    (await tx.clientRegistration.findMany({ where: { partnerId: ctx.partnerId }, orderBy: { createdAt: 'asc' } })).map(
      view,
    ),
  );

/** One registration without its secret. Throws not_found. */
export async function readRegistration(
  tx: Tx,
  ctx: Ctx,
  id: string,
): Promise<RegistrationView & { unusedDays: number }> {
  const row = isId('clientRegistration', id)
    ? await tx.clientRegistration.findFirst({ where: { partnerId: ctx.partnerId, id } })
    : null;
  if (!row) throw notFound();
  return { ...view(row), unusedDays: row.unusedDays };
}

/** Opens the client secret, for the code exchange and for the bundle of a handoff. Throws not_found. */
export async function openClientSecret(tx: Tx, ctx: Ctx, id: string): Promise<Secret<string>> {
  const row = await tx.clientRegistration.findFirst({
    where: { partnerId: ctx.partnerId, id },
    select: { clientSecret: true },
  });
  if (!row) throw notFound();
  return open(tx, row.clientSecret, secretPlace(ctx, id));
}

/** Notes whether the provider refuses the app itself, as its token endpoint says; true when that is news. */
export async function noteRefused(tx: Tx, ctx: Ctx, id: string, refused: boolean): Promise<boolean> {
  const { count } = await tx.clientRegistration.updateMany({
    where: { partnerId: ctx.partnerId, id, ...(refused ? {} : { refusedAt: { not: null } }) },
    data: { refusedAt: refused ? ctx.clock.now() : null },
  });
  return count === 1;
}
