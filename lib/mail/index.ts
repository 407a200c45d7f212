import { houseTheme, type ResolvedTheme, resolveTheme, storedTokens } from '../branding/index.ts';
import { config } from '../config/index.ts';
import { expiringAsOf } from '../connections/index.ts';
import { linkUrl, openLink, type Visit, visitOf } from '../consent/index.ts';
import { inTenant } from '../db/index.ts';
import { type Locale, pickLocale } from '../i18n/index.ts';
import type { Jobs } from '../jobs/index.ts';
import { openCtx, readPartner, roleNow } from '../tenancy/index.ts';
import { expiringMail, invitationMail, receiptMail } from './templates/index.ts';
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

/** Mails an invitation's link, opened from its sealed copy. Says nothing once the invitation is no longer open. */
export async function sendInvitationMail({ partnerId, invitationId }: Jobs['mail.invitation']): Promise<void> {
  const visit = await visitOf(partnerId, invitationId);
  if (visit?.state !== 'open' || !visit.customer.email) return;
  const link = await openLink(visit.ctx, { invitationId });
  if (!link) return;
  const { theme, fromName, replyTo } = brandOf(visit);
  const { invitation, customer } = visit;
  const mail = invitationMail({
    locale: pickLocale({ invitation: invitation.locale, site: visit.registration.site }),
    theme,
    customerName: customer.name,
    url: linkUrl(link.reveal()),
    expiresAt: invitation.expiresAt,
    invitedBy: invitation.invitedBy,
  });
  await sendMail({ ...mail, to: visit.customer.email, fromName, ...(replyTo ? { replyTo } : {}) });
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

/** Mails the customer what they gave, to whom, until when, with their lasting page. */
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
  const mail = receiptMail({
    locale,
    theme,
    customerName: visit.customer.name,
    accessUrl: `${linkUrl(link.reveal())}${locale === visit.invitation.locale ? '' : `?lang=${locale}`}`,
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
  const mail = expiringMail({ partner: partner.name, sandbox: partner.sandbox, at: moment, rows, total, url });
  await sendMail({ ...mail, to: member.email });
}
