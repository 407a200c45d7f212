import { showable } from '#lib/branding/index.ts';
import { formatDate, formatDateTime, translatorFor } from '#lib/i18n/index.ts';
import { type InvitationMailInput, purposeOf } from './invitation.ts';
import { type Mail, writeLetter } from './letter.ts';
import { partnerFooter } from './partner-footer.ts';

export type ReminderMailInput = InvitationMailInput & {
  /** When they were asked. */
  readonly askedAt: Date;
  readonly stopUrl: string;
};

/** Reminds a customer who did not finish, with a link that ends the reminders. */
export function reminderMail(input: ReminderMailInput): Promise<Mail> {
  const { locale, theme, logo, url, expiresAt, stopUrl } = input;
  const t = translatorFor(locale);
  const partner = showable(theme.displayName);
  const customer = showable(input.customerName);
  const by = showable(input.invitedBy ?? '');
  const at = formatDate(input.askedAt, locale);
  const until = t('mail.invitation.until', { until: formatDateTime(expiresAt, locale) });
  return writeLetter({
    lang: locale,
    theme,
    logo,
    subject: t('mail.reminder.subject', { partner }),
    preview: until,
    heading: t('mail.reminder.heading'),
    before: [
      t('mail.greeting'),
      by
        ? t('mail.reminder.introBy', { at, by, partner, customer })
        : t('mail.reminder.intro', { at, partner, customer }),
      purposeOf(input),
      t('mail.invitation.how'),
    ],
    button: { label: t('mail.invitation.button'), url },
    after: [until, t('mail.invitation.forward')],
    footer: partnerFooter(locale, theme),
    stop: { label: t('mail.reminder.stop'), url: stopUrl },
  });
}
