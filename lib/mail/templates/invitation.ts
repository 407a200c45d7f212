import { type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { formatDateTime, type Locale, translatorFor } from '#lib/i18n/index.ts';
import { type InlineImage, type Mail, writeLetter } from './letter.ts';
import { partnerFooter } from './partner-footer.ts';

export type InvitationMailInput = {
  readonly locale: Locale;
  readonly theme: ResolvedTheme;
  readonly logo?: InlineImage | undefined;
  readonly customerName: string;
  readonly url: string;
  readonly expiresAt: Date;
  readonly invitedBy: string | null;
};

/** What the partner wants it for, in their words; in ours where they have none in this language. */
export function purposeOf({ locale, theme }: Pick<InvitationMailInput, 'locale' | 'theme'>): string {
  const own = theme.purpose[locale];
  const partner = showable(theme.displayName);
  return own ? showable(own, 200) : translatorFor(locale).markup('welcome.purpose', { partner, n: (name) => name });
}

/** Asks a customer to connect. The link shows a page and changes nothing, so a mail scanner that opens it does no harm. */
export function invitationMail(input: InvitationMailInput): Promise<Mail> {
  const { locale, theme, logo, url, expiresAt } = input;
  const t = translatorFor(locale);
  const partner = showable(theme.displayName);
  const customer = showable(input.customerName);
  const by = showable(input.invitedBy ?? '');
  const asks = by
    ? t('mail.invitation.introBy', { by, partner, customer })
    : t('mail.invitation.intro', { partner, customer });
  return writeLetter({
    lang: locale,
    theme,
    logo,
    subject: t('mail.invitation.subject', { partner }),
    preview: asks,
    heading: t('mail.invitation.heading', { partner }),
    before: [t('mail.greeting'), asks, purposeOf(input), t('mail.invitation.how')],
    button: { label: t('mail.invitation.button'), url },
    after: [t('mail.invitation.until', { until: formatDateTime(expiresAt, locale) }), t('mail.invitation.forward')],
    footer: partnerFooter(locale, theme),
  });
}
