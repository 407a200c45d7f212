import { showable } from '#lib/branding/index.ts';
import { formatDateTime, translatorFor } from '#lib/i18n/index.ts';
import type { InvitationMailInput } from './invitation.ts';
import { type Mail, writeLetter } from './letter.ts';
import { partnerFooter } from './partner-footer.ts';

/** Brings the link that a customer asked for when theirs had lapsed. */
export function newLinkMail(input: InvitationMailInput): Promise<Mail> {
  const { locale, theme, logo, url, expiresAt } = input;
  const t = translatorFor(locale);
  const partner = showable(theme.displayName);
  const until = t('mail.invitation.until', { until: formatDateTime(expiresAt, locale) });
  return writeLetter({
    lang: locale,
    theme,
    logo,
    subject: t('mail.newLink.subject', { partner }),
    preview: until,
    heading: t('mail.newLink.heading'),
    before: [
      t('mail.greeting'),
      t('mail.newLink.intro', { customer: showable(input.customerName) }),
      t('mail.invitation.how'),
    ],
    button: { label: t('mail.invitation.button'), url },
    after: [until],
    footer: partnerFooter(locale, theme),
  });
}
