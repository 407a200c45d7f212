import type { ConnectionView, EventView, TimelineEntry } from '../connections/index.ts';
import type { InvitationRead } from '../consent/index.ts';
import type { BulkClaimResult, BulkClaimView, HandoffRow } from '../handoff/index.ts';
import type { RecipientKeyView, TargetMade, TargetView } from '../targets/index.ts';

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** What leaves: fields one by one, so that a new column stays inside until someone decides otherwise. */
export const presentConnection = (view: ConnectionView) => ({
  id: view.id,
  status: view.status,
  created_at: iso(view.createdAt),
  customer: {
    id: view.customer.id,
    name: view.customer.name,
    email: view.customer.email,
    external_id: view.customer.externalId,
    locale: view.customer.locale,
  },
  client_registration: { id: view.registration.id, name: view.registration.name, site: view.registration.site },
  grant: view.grant && {
    id: view.grant.id,
    custody: view.grant.custody,
    generation: view.grant.generation,
    sealed_at: iso(view.grant.sealedAt),
    lapses_at: iso(view.grant.lapsesAt),
    claimable_from: iso(view.grant.claimableFrom),
    claimable_until: iso(view.grant.claimableUntil),
    identity: view.grant.identity,
    exact_user: view.grant.exactUser && {
      id: view.grant.exactUser.id,
      user_name: view.grant.exactUser.userName,
      full_name: view.grant.exactUser.fullName,
      email: view.grant.exactUser.email,
    },
    divisions: view.grant.divisions.map(({ code, name, current }) => ({ code, name, current })),
    parked_reason: view.grant.parkedReason,
    confirmed_at: iso(view.grant.confirmedAt),
    maybe_superseded: view.grant.maybeSuperseded || view.grant.outrun || view.grant.supersededWarning,
  },
  handoff_id: view.handoff?.id ?? null,
});

export const presentInvitation = ({ invitation: row, asking, state }: InvitationRead) => ({
  id: row.id,
  status: state,
  channel: row.channel,
  connection_id: asking.connectionId,
  created_at: iso(row.createdAt),
  expires_at: iso(row.expiresAt),
  return_url: row.returnUrl,
  opened_at: iso(row.openedAt),
  declined_at: iso(asking.declinedAt ?? row.declinedAt),
  finished_at: iso(asking.finishedAt),
  reminders: row.remind
    ? {
        sent: row.reminders + (asking === row ? 0 : asking.reminders),
        next_at: state === 'open' ? iso(asking.remindAt) : null,
        stopped_at: iso(asking.remindersStoppedAt ?? row.remindersStoppedAt),
      }
    : null,
});

export const presentHandoff = (row: HandoffRow) => ({
  id: row.id,
  status: row.status,
  connection_id: row.connectionId,
  target: row.target,
  target_id: row.targetId,
  recipient_key_id: row.recipientKeyId,
  recipient_key_thumbprint: row.recipientThumbprint,
  fresh_pair: row.freshPair,
  four_eyes: row.fourEyes,
  approved_at: iso(row.approvedAt),
  file: row.fileFormat === null ? null : { format: row.fileFormat },
  claimed_at: iso(row.claimedAt),
  redeem_before: iso(row.redeemBefore),
  delivered_at: iso(row.deliveredAt),
  confirm_before: iso(row.confirmBefore),
  settled_at: iso(row.settledAt),
  code: row.outcomeCode,
  token_fingerprint: row.tokenFingerprint,
  push:
    row.pushTries === null ? null : { tries: row.pushTries, next_try_at: iso(row.pushDueAt), problem: row.pushProblem },
});

export const presentBulkClaim = (view: BulkClaimView) => ({
  id: view.id,
  status: view.status,
  target: view.target,
  target_id: view.targetId,
  recipient_key_id: view.recipientKeyId,
  total: view.total,
  done: view.claimed + view.refused,
  claimed: view.claimed,
  refused: view.refused,
  created_at: iso(view.createdAt),
  finished_at: iso(view.finishedAt),
});

export const presentBulkClaimResult = (result: BulkClaimResult) => ({
  connection_id: result.connectionId,
  status: result.status,
  handoff_id: result.handoffId,
  redeem_before: iso(result.redeemBefore),
  code: result.code,
  detail: result.detail,
});

export const presentRecipientKey = (key: RecipientKeyView) => ({
  id: key.id,
  target_id: key.targetId,
  label: key.label,
  kty: key.kty,
  thumbprint: key.thumbprint,
  created_at: iso(key.createdAt),
  retired_at: iso(key.retiredAt),
});

export const presentTarget = (target: TargetView) => ({
  id: target.id,
  name: target.name,
  kind: target.kind,
  push: target.pushUrl === null ? null : { url: target.pushUrl },
  file: target.file,
  built_in: target.builtIn,
  recipient_key_required: target.recipientKeyRequired,
  api_key_ids: target.apiKeyIds,
  member_roles: target.memberRoles,
  step_up: target.stepUp,
  four_eyes: target.fourEyes,
  fresh_pair: target.freshPair,
  form_host: target.formHost,
  earliest_seconds: target.earliestSeconds,
  latest_seconds: target.latestSeconds,
  created_at: iso(target.createdAt),
  archived_at: iso(target.archivedAt),
  closed_at: iso(target.closedAt),
  recipient_keys: target.recipientKeys.map(presentRecipientKey),
});

/** As it is told to its maker: with the secret, this once. */
export const presentTargetMade = ({ secret, ...target }: TargetMade) => ({
  ...presentTarget(target),
  push: target.pushUrl === null || !secret ? null : { url: target.pushUrl, secret: secret.reveal() },
});

export const presentEvent = (event: EventView) => ({
  id: event.id,
  type: event.type,
  at: iso(event.at),
  connection_id: event.connectionId,
  data: event.data,
});

export const presentEntry = (entry: TimelineEntry) => ({
  id: entry.id,
  at: iso(entry.at),
  action: entry.action,
  actor: entry.actor,
  detail: entry.detail,
});
