import type { TimelineEntry } from '#lib/connections/index.ts';
import { codeOf } from '#lib/kernel/code.ts';
import { channelNames, parkedReasons, pushProblem, reopenReasonWords, type Tone, targetName } from './words.ts';

type Told = { text: string; tone: Tone };
type Detail = TimelineEntry['detail'];
const text = (detail: Detail, name: string): string => String(detail[name] ?? '');

const outcomes: Record<string, string> = {
  sealed: 'The customer gave consent at Exact Online',
  denied: 'The customer declined at Exact Online; the invitation stays open',
  app_not_ready: 'Exact Online did not accept your app; the customer could not connect',
  not_saved: 'What Exact Online answered could not be stored; the customer has to try again',
  provider_down: 'Exact Online was not available; the invitation stays open',
  unknown: 'The answer of Exact Online was lost; the customer has to try again',
  code_too_old: 'The customer came back from Exact Online too late; the invitation stays open',
  refused: 'Exact Online refused the consent; the invitation stays open',
  declined: 'The customer said that they do not want to connect; their link stays open',
  kept: 'The customer looked at what they gave before, and keeps it',
};
const deadCauses: Record<string, string> = {
  answer_lost:
    'The answer to a renewal was lost, and Exact Online does not repeat it; the customer has to connect again',
  used_elsewhere: 'The consent was used by somebody else; the customer has to connect again',
  chain_replaced: 'A newer consent elsewhere ended this one; the customer has to connect again',
  expired: 'Exact Online says the 30 days are over; the customer has to connect again',
  restored:
    'It was used or ended after the backup from which the database was restored; the customer has to connect again',
  withdrawn: 'The permission was withdrawn at Exact Online; the customer has to connect again',
};
const shredReasons: Record<string, string> = {
  confirmed: 'What was left here was shredded after the registration succeeded',
  rejected: 'What was left here was shredded after the registration was refused',
  unconfirmed: 'What was left here was shredded because nobody reported the outcome',
  declined: 'The consent was declined and shredded',
  customer_withdrew: 'The customer withdrew the permission; what was held was shredded',
  withdrawn: 'The customer withdrew the permission; what was held was shredded',
};
const cancelReasons: Record<string, string> = {
  cancelled: 'The claim was given back; nothing had left',
  superseded: 'A newer consent took its place, so the claim was cancelled; nothing had left',
  customer_withdrew: 'The customer withdrew the permission, so the claim was cancelled; nothing had left',
  reopened: 'Two members gave the claim back; nothing had left',
  not_redeemed: 'Nobody used the claim in time; the credentials went back into custody unseen',
  restored: 'The claim was cancelled after the database was restored from a backup',
};

const told: Record<string, (detail: Detail) => Told> = {
  'invitation.created': (d) => ({
    text: d['replaces']
      ? 'The customer asked for a new link; it is mailed to the address kept here'
      : `Invitation made ${channelNames[text(d, 'channel')] ?? ''}`.trimEnd(),
    tone: 'quiet',
  }),
  'invitation.opened': () => ({ text: 'The customer opened the invitation', tone: 'quiet' }),
  'invitation.finished': (d) => ({
    text: outcomes[text(d, 'outcome')] ?? 'The customer came back from Exact Online',
    tone: text(d, 'outcome') === 'sealed' ? 'calm' : 'warn',
  }),
  'invitation.abandoned': () => ({ text: 'The invitation lapsed unused', tone: 'warn' }),
  'invitation.reminded': (d) => ({
    text: d['number'] === 2 ? 'The customer is reminded a second time' : 'The customer is reminded',
    tone: 'quiet',
  }),
  'invitation.reminders_stopped': (d) => ({
    text:
      text(d, 'reason') === 'declined'
        ? 'No more reminders: the customer declined'
        : 'The customer wants no more reminders; the link still works',
    tone: 'warn',
  }),
  'invitation.link_shown': () => ({ text: 'The customer’s link was copied or shown as a QR code', tone: 'quiet' }),
  'mail.held_back': () => ({
    text: 'A mail was held back: five have gone to this address within a day',
    tone: 'warn',
  }),
  'mail.not_taken': () => ({ text: 'The mail server did not take a mail; it is tried again', tone: 'warn' }),
  'invitation.withdrawn': () => ({ text: 'Invitation withdrawn', tone: 'quiet' }),
  'grant.sealed': (d) => ({
    text:
      d['accepted'] === true
        ? 'Accepted: the credentials may be registered after all'
        : d['looked_again'] === true
          ? 'The customer put it right at Exact Online: the credentials may be registered'
          : d['confirmed'] === true
            ? 'The customer said that this is the right account: the credentials may be registered'
            : d['identity'] === 'unknown'
              ? 'Credentials sealed; the Exact user could not be looked up'
              : 'Credentials sealed, Exact user and company found',
    tone: 'good',
  }),
  'grant.confirmed': () => ({ text: 'The customer said that this is the right account', tone: 'good' }),
  'grant.parked': (d) => ({
    text: `Parked. ${parkedReasons[text(d, 'reason')] ?? 'Someone has to look first.'}`,
    tone: 'warn',
  }),
  'grant.expiring': (d) => ({
    text: `Reminder: ${d['days_left'] === 1 ? 'one day' : `${d['days_left']} days`} left to register the database`,
    tone: 'warn',
  }),
  'grant.lapsed': () => ({ text: 'The 30 days ran out; the credentials ended unused', tone: 'bad' }),
  'grant.superseded': () => ({ text: 'A newer consent by the same Exact user took its place', tone: 'bad' }),
  'grant.maybe_superseded': (d) => ({
    text: d['by_renewal_id']
      ? 'An answer to a renewal never came; what is sealed may have ended with it'
      : 'A newer consent came in that may have taken its place',
    tone: 'warn',
  }),
  'grant.presented': () => ({ text: 'The sealed token was presented for its successor', tone: 'quiet' }),
  'grant.not_renewed': () => ({ text: 'Not renewed this time; what is sealed is unchanged', tone: 'quiet' }),
  'grant.renewed': () => ({ text: 'Renewed at Exact Online: 30 days from here', tone: 'good' }),
  'grant.renewal_overdue': () => ({
    text: 'A renewal has been without an answer from Exact Online for too long; it goes on trying',
    tone: 'warn',
  }),
  'grant.dead': (d) => ({
    text: deadCauses[text(d, 'cause')] ?? 'Exact Online refused the credentials',
    tone: 'bad',
  }),
  'grant.shredded': (d) => ({ text: shredReasons[text(d, 'reason')] ?? 'What was held was shredded', tone: 'quiet' }),
  'handoff.claimed': (d) => ({ text: `Claimed for ${targetName(text(d, 'target'))}`, tone: 'calm' }),
  'handoff.delivered': (d) => ({
    text: `Credentials handed over for ${targetName(text(d, 'target'))}, once`,
    tone: 'calm',
  }),
  'handoff.confirmed': () => ({ text: 'Reported as working: the database is registered', tone: 'good' }),
  'handoff.rejected': (d) => ({
    text: `Reported as refused${d['code'] ? ` (${text(d, 'code')})` : ''}`,
    tone: 'bad',
  }),
  'handoff.unconfirmed': () => ({ text: 'Nobody reported the outcome in time', tone: 'warn' }),
  'handoff.cancelled': (d) => ({
    text: cancelReasons[text(d, 'reason')] ?? 'The claim was given back; nothing had left',
    tone: 'quiet',
  }),
  'handoff.approved': () => ({ text: 'A second member agreed; the claim may be redeemed', tone: 'good' }),
  'handoff.push_failed': (d) => ({
    text:
      d['tries'] === 0
        ? `Not pushed yet: ${pushProblem(text(d, 'problem'))}`
        : `Try ${text(d, 'tries')} of the push: ${pushProblem(text(d, 'problem'))}`,
    tone: 'warn',
  }),
  'handoff.reopen_asked': (d) => ({
    text: `Asked a second member to give the claim back: ${(reopenReasonWords[text(d, 'reason')] ?? 'no reason given').toLowerCase()}`,
    tone: 'warn',
  }),
  'handoff.refused': (d) => ({ text: `An attempt to ${text(d, 'act') || 'use it'} was refused`, tone: 'warn' }),
  'registration.check_failed': (d) => ({
    text:
      d['turned_away'] === true
        ? 'A customer was not sent to Exact Online, because it refused the client registration a moment ago'
        : 'Exact Online does not accept the client registration',
    tone: 'bad',
  }),
  'security.other_browser': () => ({
    text: 'Someone came back from Exact Online in another browser than the one that left; nothing was accepted',
    tone: 'bad',
  }),
  'security.chain_used_elsewhere': () => ({
    text: 'Somebody else has used this consent: another system with the same app, or a second consent',
    tone: 'bad',
  }),
  'security.answer_unreadable': () => ({
    text: 'An answer of Exact Online that was kept does not open; ask the operator',
    tone: 'bad',
  }),
  'grant.answer_read': () => ({ text: 'An answer of Exact Online was read late', tone: 'quiet' }),
  'grant.late_answer_shredded': () => ({
    text: 'An answer that came too late to be of use was destroyed',
    tone: 'quiet',
  }),
  'security.consent_withdrawn': () => ({ text: 'The customer took the permission back', tone: 'bad' }),
  'security.consent_lost': () => ({
    text: 'A consent given after the backup was lost when the database was restored; the customer has to connect again',
    tone: 'bad',
  }),
  'authorization_request.created': () => ({ text: 'The customer left for Exact Online', tone: 'quiet' }),
};

/** One entry of the record as a sentence. A name without a sentence is shown as it is, never hidden. */
export const tellEntry = ({ action, detail }: TimelineEntry): Told =>
  told[action]?.(detail) ?? { text: action.replaceAll(/[._]/g, ' '), tone: 'quiet' };

/** The codes of what customers can be shown as ended without a trip: the invitation's own. */
const ofTheInvitation = ['invitation.created', 'invitation.withdrawn', 'invitation.abandoned', 'invitation.finished'];

/** The code a customer reads out from a page about this: of the trip it belongs to, or of the invitation. */
export function codeIn({ action, detail }: TimelineEntry): string | null {
  const id =
    text(detail, 'authorization_request_id') || (ofTheInvitation.includes(action) && text(detail, 'invitation_id'));
  return id ? codeOf(id) : null;
}

/** Who did it, as a reader knows them. */
export function actorName({ actor }: TimelineEntry): string {
  if (actor.kind === 'customer') return 'Customer';
  if (actor.kind === 'api_key') return `API key ${actor.name ?? actor.id}`;
  return actor.kind === 'member' ? (actor.name ?? 'A member') : 'Waxseal';
}
