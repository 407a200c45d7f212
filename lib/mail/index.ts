import { houseTheme, type ResolvedTheme, resolveTheme, storedTokens } from '../branding/index.ts';
import { config } from '../config/index.ts';
import { expiringAsOf } from '../connections/index.ts';
import { linkUrl, openLink, type Visit, visitOf } from '../consent/index.ts';
import { inTenant } from '../db/index.ts';
import { type Locale, pickLocale } from '../i18n/index.ts';
import type { Jobs } from '../jobs/index.ts';
import { clockAt } from '../kernel/clock.ts';
import type { Secret } from '../kernel/secret.ts';
import { findLogo, openCtx, readPartner, roleNow } from '../tenancy/index.ts';
import { type Asking, noteSent, takeSlot } from './slots.ts';
import {
  expiringMail,
  type InlineImage,
  invitationMail,
  type Mail,
  newLinkMail,
  receiptMail,
  reminderMail,
} from './templates/index.ts';
import { sendMail } from './transport.ts';

export { signInMail } from './templates/index.ts';
export { readMailbox, type StoredMail, sendMail } from './transport.ts';

/** Who a mail is from in the reader's list, and who gets the answer. The address it is sent from stays ours. */
function brandOf(visit: Visit): { theme: ResolvedTheme; fromName: string; replyTo?: string } {
  const tokens = storedTokens(visit.partner.theme);
  if (!tokens) return { theme: houseTheme, fromName: visit.partner.name };
  const replyTo = tokens.replyTo ?? tokens.supportEmail;
  return {
    theme: resolveTheme(tokens),
    fromName: tokens.senderName ?? tokens.displayName,
    ...(replyTo ? { replyTo } : {}),
  };
}

/** The partner's logo, to travel with a mail. Only PNG: mail readers that show WebP are too few. */
async function logoOf(visit: Visit): Promise<InlineImage | undefined> {
  const file = storedTokens(visit.partner.theme)?.logoUrl?.split('/').at(-1);
  const logo = file && (await findLogo(visit.ctx.partnerId, file));
  return logo && logo.media === 'png' ? { cid: 'logo', contentType: 'image/png', bytes: logo.bytes } : undefined;
}

/** Sends what asks a customer for something, if the day of their address has room for it. Throws when the mail server does not take it. */
async function sendAsking(visit: Visit, asking: Asking, write: () => Promise<Mail>): Promise<void> {
  const { email } = visit.customer;
  if (!email || !(await takeSlot(visit.ctx, email, asking))) return;
  const { fromName, replyTo } = brandOf(visit);
  try {
    await sendMail({ ...(await write()), to: email, fromName, ...(replyTo ? { replyTo } : {}) });
  } catch (error) {
    await noteSent(visit.ctx, asking, false);
    throw error;
  }
  await noteSent(visit.ctx, asking, true);
}

/** What every mail about one invitation says: whom it is for, its link, and until when. */
async function askedOf(visit: Visit, link: Secret<string>) {
  const { invitation, customer, registration } = visit;
  return {
    locale: pickLocale({ invitation: invitation.locale, site: registration.site }),
    theme: brandOf(visit).theme,
    logo: await logoOf(visit),
    customerName: customer.name,
    url: linkUrl(link.reveal(), visit.partner.home),
    expiresAt: invitation.expiresAt,
    invitedBy: invitation.invitedBy,
  };
}

/** Mails an invitation's link, opened from its sealed copy. Says nothing once the invitation is no longer open. */
export async function sendInvitationMail({ partnerId, invitationId }: Jobs['mail.invitation']): Promise<void> {
  const visit = await visitOf(partnerId, invitationId);
  if (visit?.state !== 'open') return;
  const link = await openLink(visit.ctx, { invitationId });
  if (!link) return;
  const { connectionId, replaces } = visit.invitation;
  const input = await askedOf(visit, link);
  await sendAsking(visit, { invitationId, connectionId, kind: 'invitation', number: 1 }, () =>
    replaces === null ? invitationMail(input) : newLinkMail(input),
  );
}

/**
 * Reminds a customer who did not finish, with a link that stops it. A live partner's reminder says nothing once the invitation is no
 * longer open; a sandbox whose clock was pushed on meanwhile sends it as of its own moment.
 */
export async function sendReminderMail({ partnerId, invitationId, number, at }: Jobs['mail.reminder']): Promise<void> {
  const visit = await visitOf(partnerId, invitationId);
  const stillAsked = visit?.state === 'open' || (visit?.ctx.sandbox && visit.state === 'lapsed');
  if (!visit || !stillAsked || visit.invitation.remindersStoppedAt) return;
  const link = await openLink(visit.ctx, { invitationId });
  if (!link) return;
  const ctx = visit.ctx.sandbox ? { ...visit.ctx, clock: clockAt(new Date(at)) } : visit.ctx;
  const input = { ...(await askedOf(visit, link)), askedAt: visit.invitation.createdAt };
  const { connectionId } = visit.invitation;
  await sendAsking({ ...visit, ctx }, { invitationId, connectionId, kind: 'reminder', number }, () =>
    reminderMail({ ...input, stopUrl: `${input.url}/stop` }),
  );
}

/** The language a consent was given in; where that is not known, the one it was asked in. */
async function readIn(visit: Visit, grantId: string): Promise<Locale> {
  const { partnerId } = visit.ctx;
  const trip = await inTenant(partnerId, (tx) =>
    tx.authorizationRequest.findFirst({ where: { partnerId, grantId }, select: { locale: true } }),
  );
  return pickLocale({
    explicit: trip?.locale,
    invitation: visit.invitation.locale,
    site: visit.registration.site,
  });
}

/**
 * Mails the customer what they gave, to whom, until when, with their lasting page. Never held back: it follows what they did
 * themselves, and is their way to take it back.
 */
export async function sendReceiptMail({ partnerId, connectionId }: Jobs['mail.receipt']): Promise<void> {
  const newest = await inTenant(partnerId, (tx) =>
    tx.invitation.findFirst({
      where: { partnerId, connectionId },
      orderBy: { createdAt: 'desc' },
      select: { id: true },
    }),
  );
  const visit = newest && (await visitOf(partnerId, newest.id));
  if (!visit?.standing || !visit.customer.email) return;
  const link = await openLink(visit.ctx, { connectionId });
  if (!link) return;
  const { theme, fromName, replyTo } = brandOf(visit);
  const locale = await readIn(visit, visit.standing.grantId);
  const mail = await receiptMail({
    locale,
    theme,
    logo: await logoOf(visit),
    customerName: visit.customer.name,
    accessUrl: `${linkUrl(link.reveal(), visit.partner.home)}${locale === visit.invitation.locale ? '' : `?lang=${locale}`}`,
    sealedAt: visit.standing.sealedAt,
    lapsesAt: visit.standing.lapsesAt,
  });
  await sendMail({ ...mail, to: visit.customer.email, fromName, ...(replyTo ? { replyTo } : {}) });
}

const listed = 20;

/** Mails one member what is about to lapse, as it stood at the moment the letter fell due. Says nothing about nothing. */
export async function sendExpiringMail({ partnerId, memberId, at }: Jobs['mail.expiring']): Promise<void> {
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'mail' });
  if (!ctx) return;
  const moment = new Date(at);
  const { rows, total } = await expiringAsOf(ctx, moment, listed);
  const [partner, member] = await inTenant(partnerId, async (tx) => [
    await readPartner(tx, ctx),
    await tx.member.findFirst({ where: { partnerId, id: memberId } }),
  ]);
  const role = member && (await roleNow(partner.sandboxOf, member)); // of a sandbox: it may have been taken from them since
  if (total === 0 || !member || role === null || role === 'auditor') return;
  const url = `${config().publicUrl}/console`;
  const mail = await expiringMail({ partner: partner.name, sandbox: partner.sandbox, at: moment, rows, total, url });
  await sendMail({ ...mail, to: member.email });
}
