import { type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { formatDateTime, type Locale, translatorFor } from '#lib/i18n/index.ts';
import { type Mail, writeLetter } from './letter.ts';
import { partnerFooter } from './partner-footer.ts';

export type InvitationMailInput = {
  readonly locale: Locale;
  readonly theme: ResolvedTheme;
  readonly customerName: string;
  readonly url: string;
  readonly expiresAt: Date;
  readonly invitedBy: string | null;
};

/** Asks a customer to connect. The link shows a page and changes nothing, so a mail scanner that opens it does no harm. */
export function invitationMail({ locale, theme, customerName, url, expiresAt, invitedBy }: InvitationMailInput): Mail {
  const t = translatorFor(locale);
  const partner = showable(theme.displayName);
  const customer = showable(customerName);
  const by = showable(invitedBy ?? '');
  const purpose = theme.purpose[locale];
  return writeLetter({
    lang: locale,
    theme,
    subject: t('mail.invitation.subject', { partner }),
    heading: t('mail.invitation.heading', { partner }),
    before: [
      t('mail.greeting'),
      by ? t('mail.invitation.introBy', { by, partner, customer }) : t('mail.invitation.intro', { partner, customer }),
      purpose ? showable(purpose, 200) : t.markup('welcome.purpose', { partner, n: (name) => name }),
      t('mail.invitation.how'),
    ],
    button: { label: t('mail.invitation.button'), url },
    after: [t('mail.invitation.until', { until: formatDateTime(expiresAt, locale) }), t('mail.invitation.forward')],
    footer: partnerFooter(locale, theme),
  });
}
