import { z } from 'zod';
import { record } from '../audit/index.ts';
import { isShowable } from '../branding/index.ts';
import { inTenant, Prisma, type Tx } from '../db/index.ts';
import { type FileFormat, fileFormats } from '../handoff/core/formats/catalogue.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Secret } from '../kernel/secret.ts';
import { roles } from '../tenancy/index.ts';
import { makePushSecret, PushInput } from './push.ts';
import {
  builtInTarget,
  findTarget,
  type RecipientKeyRow,
  shortestRest,
  shortestWait,
  type TargetRow,
} from './store.ts';

/** The kinds that can be made. */
export const targetKinds = ['redeem', 'assistant', 'push', 'file'] as const;
export type TargetKind = (typeof targetKinds)[number];
const windowSeconds = 30 * 86_400;
/** Where the receiving form is, unless a partner has a variant of its own. */
export const usualFormHost = 'cloud.invantive.com';

export const Label = z
  .string()
  .trim()
  .min(1, 'Give it a name.')
  .max(100, 'A name has at most 100 characters.')
  .refine(isShowable, 'This name has characters in it that nobody can see.');

export const TargetInput = z
  .strictObject({
    name: Label.refine((name) => !name.startsWith('tgt_'), 'A name that begins like an id would be taken for one.'),
    kind: z.enum(targetKinds, {
      error: 'kind: redeem, assistant, push or file.',
    }),
    push: PushInput.optional(),
    /** What a target of kind file makes of a handoff. */
    file: z
      .strictObject({ format: z.enum(fileFormats, { error: `file.format: one of ${fileFormats.join(', ')}.` }) })
      .optional(),
    recipient_key_required: z.boolean().optional(),
    api_key_ids: z.array(z.string().max(100)).max(50).nullable().optional(),
    member_roles: z.array(z.enum(roles)).max(roles.length).optional(),
    step_up: z.boolean().default(false).meta({
      description: 'Only a member who has just signed in may claim for it, whatever API keys are listed.',
    }),
    four_eyes: z.boolean().default(false).meta({
      description: 'A member other than the claimer has to agree in the console before anything leaves.',
    }),
    fresh_pair: z.boolean().default(false).meta({
      description:
        'The token is exchanged at the claim; what leaves is the new pair, within 8 minutes of the exchange.',
    }),
    form_host: z
      .string()
      .trim()
      .toLowerCase()
      .max(253)
      .regex(
        /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,63}$/,
        'form_host: a host name such as cloud.example.com, and nothing else.',
      )
      .optional()
      .meta({ description: 'For an assistant: the host of the receiving form, where it is not cloud.invantive.com.' }),
    earliest_seconds: z
      .number()
      .int()
      .min(shortestWait, 'Exact Online refuses a token in its first 570 seconds.')
      .max(windowSeconds)
      .default(shortestWait),
    latest_seconds: z
      .number()
      .int()
      .min(shortestRest, 'The recipient needs an hour of the 30 days.')
      .max(windowSeconds)
      .default(shortestRest),
  })
  .refine(
    ({ earliest_seconds: wait, latest_seconds: rest }) => wait + rest < windowSeconds,
    'Between the earliest and the latest moment there is no time left to claim.',
  )
  .refine(
    ({ kind, recipient_key_required: required }) => kind !== 'assistant' || !required,
    'An assistant shows the values to a member; it cannot ask for a recipient key.',
  )
  .refine(
    ({ kind, push }) => (kind === 'push') === (push !== undefined),
    'push: {"url"}, for a target of kind push and for no other.',
  )
  .refine(
    ({ kind, file }) => (kind === 'file') === (file !== undefined),
    'A target of kind file names its format as file.format, and no other kind does.',
  )
  .refine(
    ({ kind, form_host: host }) => kind === 'assistant' || host === undefined,
    'form_host: only an assistant leads to a form.',
  )
  .refine(
    ({ kind, step_up: stepUp, api_key_ids: ids }) => !stepUp || (kind !== 'redeem' && !ids?.length),
    'step_up: no API key can sign in; use it where members claim, and list no API key.',
  )
  .refine(
    ({ fresh_pair: fresh, four_eyes: fourEyes }) => !(fresh && fourEyes),
    'fresh_pair and four_eyes: eight minutes are too short for a second member to agree.',
  )
  .refine(
    ({ fresh_pair: fresh, earliest_seconds: wait }) => !fresh || wait === shortestWait,
    'earliest_seconds: a fresh pair is claimed in its first minutes.',
  );
export type TargetInput = z.infer<typeof TargetInput>;

export type RecipientKeyView = {
  id: string;
  targetId: string;
  label: string;
  kty: string;
  thumbprint: string;
  createdAt: Date;
  retiredAt: Date | null;
};
export type TargetView = {
  id: string;
  name: string;
  kind: TargetKind;
  /** Of kind file only. */
  file: { format: FileFormat } | null;
  builtIn: boolean;
  recipientKeyRequired: boolean;
  /** Where a target of kind push is found; null for the others. */
  pushUrl: string | null;
  /** Null: every API key of the partner. */
  apiKeyIds: string[] | null;
  memberRoles: string[];
  stepUp: boolean;
  fourEyes: boolean;
  freshPair: boolean;
  /** The host of the receiving form; null for a machine. */
  formHost: string | null;
  earliestSeconds: number;
  latestSeconds: number;
  createdAt: Date;
  archivedAt: Date | null;
  /** A built-in one that the partner does not use. */
  closedAt: Date | null;
  /** Newest first; retired ones stay for the record. */
  recipientKeys: RecipientKeyView[];
};

export const viewKey = (row: RecipientKeyRow): RecipientKeyView => ({
  id: row.id,
  targetId: row.targetId,
  label: row.label,
  kty: (row.publicJwk as { kty: string }).kty,
  thumbprint: row.thumbprint,
  createdAt: row.createdAt,
  retiredAt: row.retiredAt,
});

const viewTarget = (row: TargetRow, keys: RecipientKeyRow[]): TargetView => ({
  id: row.id,
  name: row.name,
  kind: row.kind as TargetKind,
  file: row.fileFormat === null ? null : { format: row.fileFormat as FileFormat },
  builtIn: row.builtIn !== null,
  recipientKeyRequired: row.recipientKeyRequired,
  pushUrl: row.pushUrl,
  apiKeyIds: row.anyApiKey ? null : row.apiKeyIds,
  memberRoles: row.memberRoles,
  stepUp: row.stepUp,
  fourEyes: row.fourEyes,
  freshPair: row.freshPair,
  formHost: row.kind === 'assistant' ? (row.formHost ?? usualFormHost) : null,
  earliestSeconds: row.earliestSeconds,
  latestSeconds: row.latestSeconds,
  createdAt: row.createdAt,
  archivedAt: row.archivedAt,
  closedAt: row.closedAt,
  recipientKeys: keys.filter(({ targetId }) => targetId === row.id).map(viewKey),
});

const keysOf = (tx: Tx, { partnerId }: Ctx, targetId?: string) =>
  tx.recipientKey.findMany({
    where: { partnerId, ...(targetId ? { targetId } : {}) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });

async function refuseUnknownKeys(tx: Tx, { partnerId }: Ctx, ids: readonly string[]): Promise<void> {
  const known = await tx.apiKey.count({ where: { partnerId, id: { in: [...ids] }, revokedAt: null } });
  if (known !== new Set(ids).size)
    throw new AppError('invalid_request', 'api_key_ids: one of these is no API key of yours, or is revoked.');
}

/** The kinds that machines have to themselves when nothing is said. */
const machineKinds: readonly string[] = ['redeem', 'push'];

/** Who may use a target when nothing is said: machines redeem, members assist and take files, and both have something pushed. */
const usersOf = ({ kind, api_key_ids: ids, member_roles: allowed }: TargetInput) => ({
  anyApiKey: ids === null || (ids === undefined && machineKinds.includes(kind)),
  apiKeyIds: ids ?? [],
  memberRoles: allowed ?? (kind === 'redeem' ? [] : ['admin', 'staff']),
});

const nameTaken = (error: unknown): boolean =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';

/** A target as its maker hears of it; `secret` signs what is pushed to it, and is told this once. */
export type TargetMade = TargetView & { secret?: Secret<string> };

/**
 * Makes a target. One of kind redeem or push gets encrypted bundles only unless that is said otherwise. Throws
 * target_name_taken, invalid_request.
 */
export async function createTarget(ctx: Ctx, input: TargetInput): Promise<TargetMade> {
  const { partnerId } = ctx;
  const id = newId('target');
  return inTenant(partnerId, async (tx) => {
    await builtInTarget(tx, ctx, 'redeem'); // their names are taken before anyone else can have them
    await refuseUnknownKeys(tx, ctx, input.api_key_ids ?? []);
    const data = {
      ...{ partnerId, id, name: input.name, kind: input.kind, ...usersOf(input) },
      recipientKeyRequired: input.recipient_key_required ?? machineKinds.includes(input.kind),
      pushUrl: input.push?.url ?? null,
      fileFormat: input.file?.format ?? null,
      stepUp: input.step_up,
      fourEyes: input.four_eyes,
      freshPair: input.fresh_pair,
      formHost: input.form_host ?? null,
      earliestSeconds: input.earliest_seconds,
      latestSeconds: input.latest_seconds,
      createdAt: ctx.clock.now(),
    };
    const row = await tx.target.create({ data }).catch((error: unknown) => {
      throw nameTaken(error) ? new AppError('target_name_taken', 'Another target has this name.') : error;
    });
    const told = {
      ...{ target_id: id, name: row.name, kind: row.kind, recipient_key_required: row.recipientKeyRequired },
      ...(row.fourEyes ? { four_eyes: true } : {}),
      ...(row.freshPair ? { fresh_pair: true } : {}),
      ...(row.fileFormat ? { file_format: row.fileFormat } : {}),
    };
    await record(tx, ctx, 'target.created', {}, told);
    return input.push ? { ...viewTarget(row, []), secret: await makePushSecret(tx, ctx, id) } : viewTarget(row, []);
  });
}

/** The partner's targets, the built-in ones first, then as they were made. */
export const listTargets = (ctx: Ctx): Promise<TargetView[]> =>
  inTenant(ctx.partnerId, async (tx) => {
    await builtInTarget(tx, ctx, 'redeem');
    const rows = await tx.target.findMany({
      where: { partnerId: ctx.partnerId },
      orderBy: [{ builtIn: { sort: 'asc', nulls: 'last' } }, { createdAt: 'asc' }, { id: 'asc' }],
    });
    const keys = await keysOf(tx, ctx);
    return rows.map((row) => viewTarget(row, keys));
  });

/** One target with its keys. Throws not_found. */
export const readTarget = (ctx: Ctx, id: string): Promise<TargetView> =>
  inTenant(ctx.partnerId, async (tx) => {
    const row = await findTarget(tx, ctx, id);
    if (!row) throw notFound();
    return viewTarget(row, await keysOf(tx, ctx, id));
  });

/**
 * Ends a target: nothing can be claimed for it any more, and its name is free. A claim that stands may still be redeemed; one
 * that waits to be pushed is not. Again does nothing. Throws not_found; invalid_request for a built-in one.
 */
export async function archiveTarget(ctx: Ctx, id: string, reason?: 'endpoint_gone'): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    const target = await findTarget(tx, ctx, id);
    if (!target) throw notFound();
    if (target.builtIn) throw new AppError('invalid_request', 'A built-in target cannot be archived.');
    const { count } = await tx.target.updateMany({
      where: { partnerId: ctx.partnerId, id, archivedAt: null },
      data: { archivedAt: ctx.clock.now() },
    });
    if (count === 1)
      await record(tx, ctx, 'target.archived', {}, { target_id: id, name: target.name, ...(reason ? { reason } : {}) });
  });
}

/**
 * Closes a built-in target, or opens it again: a partner that wants no plain answers, or no screen, claims for its own
 * targets only. A claim that stands may still be redeemed. Again does nothing. Throws not_found; invalid_request for one
 * that the partner made.
 */
export async function closeTarget(ctx: Ctx, id: string, closed: boolean): Promise<void> {
  await inTenant(ctx.partnerId, async (tx) => {
    const target = await findTarget(tx, ctx, id);
    if (!target) throw notFound();
    if (!target.builtIn) throw new AppError('invalid_request', 'A target of your own is archived, not closed.');
    const { count } = await tx.target.updateMany({
      where: { partnerId: ctx.partnerId, id, closedAt: closed ? null : { not: null } },
      data: { closedAt: closed ? ctx.clock.now() : null },
    });
    const facts = { target_id: id, name: target.name };
    if (count === 1) await record(tx, ctx, closed ? 'target.closed' : 'target.opened', {}, facts);
  });
}
