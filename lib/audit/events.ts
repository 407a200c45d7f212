import { z } from 'zod';

/*
 * Every event of the feed and every other entry of a connection's timeline, with what each carries. The types of what may be
 * recorded, the lists in the API description and the page /docs/events are made from this.
 */

/** What a field says, and what each of its values means; for the documentation. */
export const vocabulary = z.registry<{ says: string; values: Readonly<Record<string, string>> }>();

type Values = Readonly<Record<string, string>>;
const oneOf = <const V extends Values>(says: string, values: V) =>
  z
    .enum(Object.fromEntries(Object.keys(values).map((name) => [name, name])) as { [Name in keyof V & string]: Name })
    .describe(
      `${says}. ${Object.entries(values)
        .map(([name, meaning]) => `${name}: ${meaning}`)
        .join('; ')}`,
    )
    .register(vocabulary, { says, values });
const id = (prefix: string, says: string) => z.string().describe(`${prefix}_…, ${says}`);
const moment = (says: string) => z.iso.datetime().describe(says);
const whole = (says: string) => z.number().int().describe(says);
const text = (says: string) => z.string().describe(says);
const set = (says: string) => z.boolean().describe(`true: ${says}`);

/** Why a consent waits for somebody to look at it. */
export const parkedReasons = {
  wrong_user: 'the Exact user who signed in is not the one that was expected',
  wrong_company: 'the administration that was expected is not covered',
  current_missing: 'the administration that is open at Exact Online is not covered, so no database can be registered',
  not_verified: 'something was expected, and Exact Online would not say who or what it is',
  not_confirmed: 'the customer has not said yet that this is the right account, and has to',
  customer_doubts: 'the customer asked for a look first, or said that it was the wrong account',
  member_doubts: 'a member wants to look first',
  restored: 'the database was restored, and nobody can tell what happened to it meanwhile',
} as const;
export type ParkedReason = keyof typeof parkedReasons;

/** How a trip of a customer, or a visit, ended. */
const outcomes = {
  sealed: 'they gave consent, and what came of it is sealed; grant.sealed or grant.parked says whether it fits',
  denied: 'they said no at Exact Online; the link stays open',
  declined: 'they said on our page that they do not want to connect; reminders end, the link stays open',
  kept: 'they looked at what they gave before and keep it',
  app_not_ready: 'Exact Online does not accept the client registration; registration.check_failed comes with it',
  code_too_old: 'they came back later than three minutes after they agreed; the link stays open',
  refused: 'Exact Online refused for another reason; the link stays open',
  unknown: 'the answer of Exact Online was lost; they are asked to start again',
  provider_down: 'Exact Online could not be reached, or was busy; the link stays open',
  not_saved: 'Exact Online gave the consent and it could not be stored; they are asked to start again',
} as const;

/** What Exact Online says of an app that it does not accept, in the address it sends the customer back to. */
export const registrationFaults = [
  'unauthorized_client',
  'invalid_client',
  'invalid_request',
  'unsupported_response_type',
  'invalid_scope',
] as const;
const refusals = ['code_expired', 'code_spent', 'client_rejected', 'chain_replaced', 'request_rejected'] as const;

const deadCauses = {
  answer_lost: 'the answer to a renewal was lost, and Exact Online does not repeat it',
  used_elsewhere: 'somebody else has used it: another system with the same app, or a second consent',
  chain_replaced: 'a newer consent ended it',
  expired: 'its 30 days were over',
  withdrawn: 'the customer took the permission back',
  restored: 'it was used or ended after the backup from which the database was restored; because says how',
} as const;

const shredReasons = {
  confirmed: 'the registration succeeded',
  rejected: 'the registration was refused',
  unconfirmed: 'nobody told the outcome in time',
  declined: 'a member declined the consent',
  customer_withdrew: 'the customer took the permission back',
  withdrawn: 'the customer took the permission back while it was renewed',
} as const;
export type ShredReason = keyof typeof shredReasons;

const cancelReasons = {
  cancelled: 'whoever claimed gave it back',
  reopened: 'two members gave back the claim of somebody else; why and asked_by come with it',
  not_redeemed: 'nobody redeemed in time',
  superseded: 'a newer consent took its place',
  customer_withdrew: 'the customer took the permission back',
  restored: 'the database was restored from a backup',
} as const;
export type CancelReason = keyof typeof cancelReasons;

const acts = {
  claim: 'a claim',
  bulk_claim: 'a bulk claim as a whole',
  redeem: 'receiving the credentials',
  push: 'bringing them to an endpoint',
  confirm: 'telling the outcome',
  cancel: 'giving a claim back',
} as const;
export type RefusedAct = keyof typeof acts;

const invitationId = id('inv', 'the invitation');
const grantId = id('grt', 'the grant');
const handoffId = id('hof', 'the handoff');
const targetId = id('tgt', 'the target');
const lapsesAt = moment('when it lapses if nobody takes it');
const custody = text('where the grant stands, or stood when it ended');
const recipient = {
  target: text('the name of the target'),
  target_id: targetId.optional(),
  recipient_key_thumbprint: text('of the key that the bundle is encrypted to').optional(),
  file_format: text('for a target that makes a file').optional(),
};
const settled = { handoff_id: handoffId, grant_id: grantId, code: text('what was told with the outcome').optional() };
const ofTarget = { target_id: targetId, name: text('its name') };
const ofKey = {
  recipient_key_id: id('rky', 'the key'),
  target_id: targetId,
  thumbprint: text('RFC 7638, SHA-256'),
};

const entry = <S extends z.ZodRawShape>(says: string, data: S) => ({ says, data: z.object(data) });

/** The feed: names of design §2, `noun.past`. */
export const events = {
  'invitation.opened': entry('A person, not a mail scanner, pressed Continue on the first page. Told once.', {
    invitation_id: invitationId,
  }),
  'invitation.finished': entry(
    'A way of the customer ended, well or not. May come again for the same invitation: whoever said no may still connect.',
    {
      invitation_id: invitationId,
      authorization_request_id: id('arq', 'the trip that ended; its code is what the customer reads out').optional(),
      outcome: oneOf('how it ended', outcomes),
      grant_id: grantId.optional().describe('grt_…, with outcome sealed'),
      reason: z
        .enum([
          ...registrationFaults,
          ...refusals,
          'access_denied',
          'unavailable',
          'answer_lost',
          'store_failed',
          'other',
        ])
        .optional()
        .describe('why, in a word of a closed list'),
    },
  ),
  'invitation.abandoned': entry('The link lapsed and nothing was connected with it.', { invitation_id: invitationId }),
  'grant.sealed': entry('A consent is sealed and fits what was expected: from claimable_from on it can be claimed.', {
    grant_id: grantId,
    lapses_at: lapsesAt,
    identity: z.enum(['known', 'unknown']).optional().describe('whether Exact Online said whose it is'),
    accepted: set('it was parked, and a member accepted it').optional(),
    looked_again: set('it was parked, and the customer put it right at Exact Online').optional(),
    confirmed: set('it was parked, and the customer said that it is the right account').optional(),
  }),
  'grant.parked': entry('A consent is sealed, and waits for somebody: it cannot be claimed until it is released.', {
    grant_id: grantId,
    reason: oneOf('what does not fit', parkedReasons),
    lapses_at: lapsesAt.optional(),
    identity: z.enum(['known', 'unknown']).optional().describe('whether Exact Online said whose it is'),
  }),
  'grant.expiring': entry('What is held lapses soon. Told at 14, 7, 3 and 1 days.', {
    grant_id: grantId,
    days_left: whole('14, 7, 3 or 1'),
    lapses_at: lapsesAt,
  }),
  'grant.lapsed': entry('The 30 days ran out unused. Ask the customer to connect again.', {
    grant_id: grantId,
    lapsed_at: moment('when'),
  }),
  'grant.superseded': entry('A newer consent took its place; what was sealed is gone.', {
    grant_id: grantId,
    by_grant_id: id('grt', 'the newer one'),
    custody: custody.optional(),
  }),
  'grant.maybe_superseded': entry(
    'What is held, or was handed over, may have been ended at Exact Online by something newer. One of the fields by_… says by what.',
    {
      grant_id: grantId,
      custody,
      by_grant_id: id('grt', 'a newer consent').optional(),
      by_authorization_request_id: id('arq', 'a trip whose answer nobody has').optional(),
      by_renewal_id: id('rnw', 'a renewal whose last answer never came').optional(),
    },
  ),
  'grant.renewed': entry('Renewed at Exact Online, where you opted in: 30 days from here.', {
    grant_id: grantId,
    generation: whole('how often it has been renewed'),
    lapses_at: lapsesAt,
    row: whole('of our decision table'),
  }),
  'grant.renewal_overdue': entry('A renewal has no answer yet, or should have been and was not. It goes on trying.', {
    grant_id: grantId,
    unknown_since: moment('since when an answer is awaited').optional(),
    days_left: whole('until it lapses, for one that has not come').optional(),
    lapses_at: lapsesAt.optional(),
  }),
  'grant.dead': entry('Exact Online does not accept it any more. Ask the customer to connect again.', {
    grant_id: grantId,
    cause: oneOf('why', deadCauses),
    because: text('with restored: delivered, ended, renewed or presented').optional(),
    renewal_id: id('rnw', 'the renewal that found out').optional(),
    row: whole('of our decision table').optional(),
  }),
  'grant.shredded': entry('What was left here has been destroyed.', {
    grant_id: grantId,
    reason: oneOf('why', shredReasons),
  }),
  'handoff.claimed': entry('Somebody claimed the credentials; nothing has left.', {
    handoff_id: handoffId,
    grant_id: grantId,
    ...recipient,
    redeem_before: moment('until when they can be received'),
    fresh_pair: set('the target asks for a pair that was just exchanged').optional(),
    four_eyes: set('a second member has to agree first').optional(),
  }),
  'handoff.approved': entry('A second member agreed; the claim may be redeemed.', { handoff_id: handoffId }),
  'handoff.delivered': entry('The credentials have left, once. Tell the outcome.', {
    handoff_id: handoffId,
    grant_id: grantId,
    ...recipient,
    confirm_before: moment('until when the outcome is awaited'),
  }),
  'handoff.confirmed': entry('The outcome: accepted. The receipt is ready.', settled),
  'handoff.rejected': entry('The outcome: refused. The receipt is ready.', settled),
  'handoff.unconfirmed': entry('Nobody told the outcome within a day. The receipt is ready.', settled),
  'handoff.cancelled': entry('A claim ended before anything left. With some reasons the grant is sealed again.', {
    handoff_id: handoffId,
    reason: oneOf('why', cancelReasons),
    why: text('with reopened: holder_away, wrong_connection, system_failed or other').optional(),
    asked_by: id('mbr', 'with reopened: who asked for it').optional(),
  }),
  'handoff.refused': entry('Somebody asked for what they may not have, or not now. Nothing changed.', {
    act: oneOf('what they asked for', acts),
    code: text('the problem code that they got; see /docs/errors'),
    handoff_id: handoffId.optional(),
    bulk_claim_id: id('bcl', 'the bulk claim').optional(),
  }),
  'bulk_claim.created': entry('A bulk claim was taken on.', {
    bulk_claim_id: id('bcl', 'the bulk claim'),
    total: whole('how many connections it names'),
    target_id: targetId,
  }),
  'bulk_claim.finished': entry('Every connection of a bulk claim has a result.', {
    bulk_claim_id: id('bcl', 'the bulk claim'),
    total: whole('how many connections it names'),
    claimed: whole('how many were claimed'),
    refused: whole('how many were refused'),
    target_id: targetId,
  }),
  'target.created': entry('A target was made.', {
    ...ofTarget,
    kind: text('redeem, push, assistant or file'),
    recipient_key_required: z.boolean().describe('whether it gets encrypted bundles only'),
    four_eyes: set('a second member has to agree').optional(),
    fresh_pair: set('it gets a pair that was just exchanged').optional(),
    file_format: text('for one that makes a file').optional(),
  }),
  'target.archived': entry('Nothing can be claimed for a target any more.', {
    ...ofTarget,
    reason: z.literal('endpoint_gone').optional().describe('its endpoint answered 410'),
  }),
  'target.closed': entry('A built-in target was closed.', ofTarget),
  'target.opened': entry('A built-in target was opened again.', ofTarget),
  'target.secret_rotated': entry('What is pushed to a target is signed with a new secret.', ofTarget),
  'recipient_key.added': entry('A public key was added to a target.', ofKey),
  'recipient_key.retired': entry('Nothing is encrypted to a key any more.', ofKey),
  'registration.check_failed': entry(
    'Exact Online does not accept a client registration: check its client ID, secret and redirect URL.',
    {
      registration_id: id('clr', 'the client registration').optional(),
      grant_id: grantId.optional().describe('grt_…, where a renewal found out'),
      reason: z
        .enum([...registrationFaults, 'client_rejected', 'request_rejected'])
        .describe('why, in a word of a closed list'),
      turned_away: set(
        'a customer was not sent there, because somebody else had met the refusal a moment ago',
      ).optional(),
    },
  ),
  'security.other_browser': entry('Somebody came back from Exact Online in another browser; nothing was accepted.', {
    authorization_request_id: id('arq', 'the trip'),
  }),
  'security.consent_withdrawn': entry('The customer took the permission back on their own page.', { custody }),
  'security.consent_lost': entry('A consent that was given after the backup was lost when the database was restored.', {
    grant_id: grantId,
  }),
  'security.chain_used_elsewhere': entry('Somebody else has used what was sealed here.', {
    grant_id: grantId,
    renewal_id: id('rnw', 'the renewal that found out'),
    row: whole('of our decision table'),
  }),
  'security.answer_unreadable': entry('A kept answer of Exact Online does not open; ask the operator.', {
    authorization_request_id: id('arq', 'the trip').nullable().optional(),
    renewal_id: id('rnw', 'the renewal').nullable().optional(),
  }),
  'security.private_key_given': entry('Somebody sent a private key where a public one belongs. Make a new pair.', {
    target_id: targetId,
  }),
} as const;
export type EventType = keyof typeof events;
export type EventData<T extends EventType> = z.input<(typeof events)[T]['data']>;

const ofMail = { invitation_id: invitationId, kind: text('which mail') };
const ofRenewal = { grant_id: grantId, renewal_id: id('rnw', 'the renewal') };

/** What stands on a connection's timeline and in no feed: steps that ask for nothing. */
export const entries = {
  'invitation.created': entry('An invitation was made.', {
    invitation_id: invitationId,
    channel: z.enum(['embed', 'redirect', 'mail']).describe('how it travels'),
    replaces: id('inv', 'the lapsed one in whose place the customer asked for it').optional(),
  }),
  'invitation.link_shown': entry('A member copied the link, or had it shown as a QR code.', {
    invitation_id: invitationId,
  }),
  'invitation.reminded': entry('The customer is reminded by mail.', {
    invitation_id: invitationId,
    number: whole('1 or 2'),
  }),
  'invitation.reminders_stopped': entry('Nobody is reminded of this invitation any more.', {
    invitation_id: invitationId,
    reason: oneOf('by whom', {
      link: 'by the link in a mail',
      one_click: 'by a mail reader’s button',
      declined: 'they declined',
    }),
  }),
  'invitation.withdrawn': entry('The invitation was taken back.', { invitation_id: invitationId }),
  'mail.held_back': entry('A mail was not sent: five have gone to this address within a day.', ofMail),
  'mail.not_taken': entry('The mail server did not take a mail; it is tried again.', ofMail),
  'authorization_request.created': entry('The customer left for Exact Online.', {
    authorization_request_id: id('arq', 'the trip'),
    site: text('the country site'),
  }),
  'grant.answer_read': entry('A kept answer of Exact Online was read late.', {
    authorization_request_id: id('arq', 'the trip').nullable().optional(),
    grant_id: grantId.optional(),
    renewal_id: id('rnw', 'the renewal').optional(),
    epoch: whole('which presentation of it').optional(),
  }),
  'grant.confirmed': entry('The customer said that this is the right account.', { grant_id: grantId }),
  'grant.presented': entry('The sealed token was presented for its successor.', {
    ...ofRenewal,
    epoch: whole('which presentation of it'),
  }),
  'grant.not_renewed': entry('Not renewed this time; what is sealed is unchanged.', {
    ...ofRenewal,
    row: whole('of our decision table'),
    reason: text('what was in the way'),
  }),
  'grant.late_answer_shredded': entry('An answer that came too late to be of use was destroyed.', {
    ...ofRenewal,
    custody,
  }),
  'handoff.push_failed': entry('A push did not get through; see /docs/push.', {
    handoff_id: handoffId,
    tries: whole('0 while nothing has left'),
    problem: text('what was in the way'),
  }),
  'handoff.reopen_asked': entry('A member asks that somebody else’s claim be given back; another one has to agree.', {
    handoff_id: handoffId,
    reason: z.enum(['holder_away', 'wrong_connection', 'system_failed', 'other']).describe('why'),
  }),
} as const;
export type EntryName = keyof typeof entries;
export type EntryDetail<A extends EntryName> = z.input<(typeof entries)[A]['data']>;
