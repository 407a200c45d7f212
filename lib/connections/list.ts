import { type ConnectionStatus, type Custody, connectionStatus, earliestClaim, lastClaim } from '../custody/index.ts';
import { inTenant, Prisma, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { decodeCursor, encodeCursor, type Page } from '../kernel/paging.ts';
import type { Division, ExactUser } from '../providers/index.ts';
import { connectionsOfCode } from './code.ts';

export type GrantView = {
  id: string;
  custody: Custody;
  generation: number;
  sealedAt: Date;
  lapsesAt: Date;
  claimableFrom: Date;
  claimableUntil: Date;
  identity: 'pending' | 'known' | 'unknown';
  exactUser: ExactUser | null;
  divisions: Division[];
  parkedReason: string | null;
  /** When the customer said that this is the right account. */
  confirmedAt: Date | null;
  maybeSuperseded: boolean;
  /** A renewal's last answer never came: what is sealed may have been ended by it. */
  outrun: boolean;
  supersededWarning: boolean;
  endedAt: Date | null;
  /** When it is renewed next, where the partner opted in. */
  renewAt: Date | null;
};
export type ConnectionView = {
  id: string;
  status: ConnectionStatus;
  createdAt: Date;
  customer: { id: string; name: string; email: string | null; externalId: string | null; locale: string | null };
  registration: { id: string; name: string; site: string; clientId: string };
  grant: GrantView | null;
  handoff: {
    id: string;
    status: string;
    target: string;
    claimedAt: Date;
    redeemBefore: Date;
    deliveredAt: Date | null;
    confirmBefore: Date | null;
    settledAt: Date | null;
    outcomeCode: string | null;
    /** Null where the values left in no file. */
    fileFormat: string | null;
  } | null;
  invitation: {
    id: string;
    channel: string;
    createdAt: Date;
    expiresAt: Date;
    openedAt: Date | null;
    finishedAt: Date | null;
    withdrawnAt: Date | null;
    /** Whether whoever does not finish is reminded, and how that goes. */
    remind: boolean;
    remindAt: Date | null;
    remindedAt: Date | null;
    reminders: number;
    remindersStoppedAt: Date | null;
    /** What became of the newest mail about it; null when none was to be sent yet. */
    mail: { held: boolean; sentAt: Date | null; failedAt: Date | null } | null;
  } | null;
};

type Row = {
  id: string;
  created_at: Date;
  attention: 'needs_consent' | 'blocked' | null;
  withdrawn_at: Date | null;
  customer: { id: string; name: string; email: string | null; external_id: string | null; locale: string | null };
  registration: { id: string; name: string; site: string; client_id: string };
  grant_row: Record<string, never> | null;
  handoff_row: Record<string, never> | null;
  invitation_row: Record<string, never> | null;
  request_until: Date | null;
};
type GrantJson = {
  id: string;
  custody: Custody;
  generation: number;
  issued_at: string;
  sealed_at: string;
  lapses_at: string;
  identity: GrantView['identity'];
  exact_user: ExactUser | null;
  divisions: Division[] | null;
  parked_reason: string | null;
  confirmed_at: string | null;
  maybe_superseded_at: string | null;
  superseded_warning_at: string | null;
  outrun_at: string | null;
  ended_at: string | null;
  renew_at: string | null;
};
type HandoffJson = {
  id: string;
  status: string;
  target: string;
  claimed_at: string;
  redeem_before: string;
  delivered_at: string | null;
  confirm_before: string | null;
  settled_at: string | null;
  outcome_code: string | null;
  file_format: string | null;
};
type InvitationJson = {
  id: string;
  channel: string;
  created_at: string;
  expires_at: string;
  opened_at: string | null;
  finished_at: string | null;
  withdrawn_at: string | null;
  remind: boolean;
  remind_at: string | null;
  reminded_at: string | null;
  reminders: number;
  reminders_stopped_at: string | null;
  mail: { held: boolean; sent_at: string | null; failed_at: string | null } | null;
};

const date = (text: string | null) => (text === null ? null : new Date(text));

function grantView(row: GrantJson): GrantView {
  const lapsesAt = new Date(row.lapses_at);
  return {
    id: row.id,
    custody: row.custody,
    generation: row.generation,
    sealedAt: new Date(row.sealed_at),
    lapsesAt,
    claimableFrom: earliestClaim(new Date(row.issued_at)),
    claimableUntil: lastClaim(lapsesAt),
    identity: row.identity,
    exactUser: row.exact_user,
    divisions: row.divisions ?? [],
    parkedReason: row.parked_reason,
    confirmedAt: date(row.confirmed_at),
    maybeSuperseded: row.maybe_superseded_at !== null,
    outrun: row.outrun_at !== null,
    supersededWarning: row.superseded_warning_at !== null,
    endedAt: date(row.ended_at),
    renewAt: date(row.renew_at),
  };
}

function view(row: Row, now: Date): ConnectionView {
  const grant = row.grant_row && grantView(row.grant_row as unknown as GrantJson);
  const handoff = row.handoff_row as unknown as HandoffJson | null;
  const invitation = row.invitation_row as unknown as InvitationJson | null;
  const open = invitation && !invitation.finished_at && !invitation.withdrawn_at;
  return {
    id: row.id,
    status: connectionStatus(
      {
        attention: row.attention,
        withdrawn: row.withdrawn_at !== null,
        grant,
        handoff,
        invitationOpenUntil: open ? new Date(invitation.expires_at) : null,
        requestOpenUntil: open ? row.request_until : null,
      },
      now,
    ),
    createdAt: row.created_at,
    customer: {
      id: row.customer.id,
      name: row.customer.name,
      email: row.customer.email,
      externalId: row.customer.external_id,
      locale: row.customer.locale,
    },
    registration: {
      id: row.registration.id,
      name: row.registration.name,
      site: row.registration.site,
      clientId: row.registration.client_id,
    },
    grant,
    handoff: handoff && {
      id: handoff.id,
      status: handoff.status,
      target: handoff.target,
      claimedAt: new Date(handoff.claimed_at),
      redeemBefore: new Date(handoff.redeem_before),
      deliveredAt: date(handoff.delivered_at),
      confirmBefore: date(handoff.confirm_before),
      settledAt: date(handoff.settled_at),
      outcomeCode: handoff.outcome_code,
      fileFormat: handoff.file_format,
    },
    invitation: invitation && {
      id: invitation.id,
      channel: invitation.channel,
      createdAt: new Date(invitation.created_at),
      expiresAt: new Date(invitation.expires_at),
      openedAt: date(invitation.opened_at),
      finishedAt: date(invitation.finished_at),
      withdrawnAt: date(invitation.withdrawn_at),
      remind: invitation.remind,
      remindAt: date(invitation.remind_at),
      remindedAt: date(invitation.reminded_at),
      reminders: invitation.reminders,
      remindersStoppedAt: date(invitation.reminders_stopped_at),
      mail: invitation.mail && {
        held: invitation.mail.held,
        sentAt: date(invitation.mail.sent_at),
        failedAt: date(invitation.mail.failed_at),
      },
    },
  };
}

// Columns are listed: neither a sealed token nor a hash is ever selected for a screen.
const select = (where: Prisma.Sql, limit: number) => Prisma.sql`
  SELECT c.id, c.created_at, c.attention, c.withdrawn_at,
    json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'external_id', u.external_id, 'locale', u.locale) AS customer,
    json_build_object('id', r.id, 'name', r.name, 'site', r.site, 'client_id', r.client_id) AS registration,
    g.row AS grant_row, h.row AS handoff_row, i.row AS invitation_row, i.request_until
  FROM connection c
  JOIN customer u ON u.partner_id = c.partner_id AND u.id = c.customer_id
  JOIN client_registration r ON r.partner_id = c.partner_id AND r.id = c.client_registration_id
  LEFT JOIN LATERAL (SELECT g.id, json_build_object('id', g.id, 'custody', g.custody, 'generation', g.generation, 'issued_at', g.issued_at,
      'sealed_at', g.sealed_at, 'lapses_at', g.lapses_at, 'identity', g.identity, 'exact_user', g.exact_user, 'divisions', g.divisions,
      'parked_reason', g.parked_reason, 'confirmed_at', g.confirmed_at, 'maybe_superseded_at', g.maybe_superseded_at, 'superseded_warning_at', g.superseded_warning_at,
      'outrun_at', g.outrun_at, 'ended_at', g.ended_at, 'renew_at', g.renew_at) AS row
    FROM token_grant g WHERE g.partner_id = c.partner_id AND g.connection_id = c.id ORDER BY (g.custody = 'shredded' AND NOT EXISTS (SELECT FROM handoff h
        WHERE h.partner_id = g.partner_id AND h.grant_id = g.id AND h.delivered_at IS NOT NULL)),
      coalesce(g.consented_at, g.issued_at) DESC, g.sealed_at DESC, g.id DESC LIMIT 1) g ON true
  LEFT JOIN LATERAL (SELECT json_build_object('id', h.id, 'status', h.status, 'target', h.target, 'claimed_at', h.claimed_at,
      'redeem_before', h.redeem_before, 'delivered_at', h.delivered_at, 'confirm_before', h.confirm_before, 'settled_at', h.settled_at, 'outcome_code', h.outcome_code,
      'file_format', h.file_format) AS row
    FROM handoff h WHERE h.partner_id = c.partner_id AND h.connection_id = c.id AND h.grant_id = g.id ORDER BY h.claimed_at DESC, h.id DESC LIMIT 1) h ON true
  LEFT JOIN LATERAL (SELECT json_build_object('id', i.id, 'channel', i.channel, 'created_at', i.created_at, 'expires_at', i.expires_at,
      'opened_at', i.opened_at, 'finished_at', i.finished_at, 'withdrawn_at', i.withdrawn_at, 'remind', i.remind, 'remind_at', i.remind_at,
      'reminded_at', i.reminded_at, 'reminders', i.reminders, 'reminders_stopped_at', i.reminders_stopped_at,
      'mail', (SELECT json_build_object('held', m.held, 'sent_at', m.sent_at, 'failed_at', m.failed_at) FROM customer_mail m
        WHERE m.partner_id = i.partner_id AND m.invitation_id = i.id ORDER BY m.asked_at DESC, m.kind DESC, m.number DESC LIMIT 1)) AS row,
      (SELECT max(q.expires_at) FROM authorization_request q WHERE q.partner_id = c.partner_id AND q.invitation_id = i.id AND q.answered_at IS NULL) AS request_until
    FROM invitation i WHERE i.partner_id = c.partner_id AND i.connection_id = c.id ORDER BY i.created_at DESC, i.id DESC LIMIT 1) i ON true
  WHERE c.partner_id = current_partner() AND ${where}
  ORDER BY c.created_at DESC, c.id DESC LIMIT ${limit}`;

/** One connection as screens and API show it, in a transaction that runs. Throws not_found. */
export async function readConnectionIn(tx: Tx, ctx: Ctx, id: string): Promise<ConnectionView> {
  const [row] = isId('connection', id) ? await tx.$queryRaw<Row[]>(select(Prisma.sql`c.id = ${id}`, 1)) : [];
  if (!row) throw notFound();
  return view(row, ctx.clock.now());
}

export const readConnection = (ctx: Ctx, id: string): Promise<ConnectionView> =>
  inTenant(ctx.partnerId, (tx) => readConnectionIn(tx, ctx, id));

/** An instant as we write them into cursors; other spellings may name years the database cannot hold. */
const isInstant = (text: string) =>
  /^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));

/** Connections, newest first, or those that a code leads to; a null cursor starts at the top. Null when the cursor is not one of ours. */
export async function listConnections(
  ctx: Ctx,
  input: { limit: number; cursor?: string | undefined; code?: string | undefined },
): Promise<Page<ConnectionView> | null> {
  const after = input.cursor === undefined ? null : decodeCursor(input.cursor, 2);
  if (input.cursor !== undefined && !(after && isInstant(after[0] ?? '') && isId('connection', after[1] ?? '')))
    return null;
  const where = after
    ? Prisma.sql`(c.created_at, c.id) < (${new Date(after[0] ?? '')}, ${after[1]})`
    : Prisma.sql`true`;
  return inTenant(ctx.partnerId, async (tx) => {
    const which =
      input.code === undefined
        ? where
        : Prisma.sql`${where} AND c.id = ANY(${await connectionsOfCode(tx, ctx, input.code)})`;
    const rows = await tx.$queryRaw<Row[]>(select(which, input.limit + 1));
    const now = ctx.clock.now();
    const items = rows.slice(0, input.limit).map((row) => view(row, now));
    const last = rows.length > input.limit ? items.at(-1) : undefined;
    return { items, next: last ? encodeCursor([last.createdAt.toISOString(), last.id]) : null };
  });
}
