import { type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { formatDate, formatDateTime, type Locale, translatorFor } from '#lib/i18n/index.ts';
import { type Mail, writeLetter } from './letter.ts';
import { partnerFooter } from './partner-footer.ts';

export type ReceiptMailInput = {
  readonly locale: Locale;
  readonly theme: ResolvedTheme;
  readonly customerName: string;
  readonly accessUrl: string;
  readonly sealedAt: Date;
  readonly lapsesAt: Date;
};

/** What the customer keeps: proof of what they gave, and the way to take it back. */
export function receiptMail({ locale, theme, customerName, accessUrl, sealedAt, lapsesAt }: ReceiptMailInput): Mail {
  const t = translatorFor(locale);
  const partner = showable(theme.displayName);
  return writeLetter({
    lang: locale,
    theme,
    subject: t('mail.receipt.subject', { partner }),
    heading: t('mail.receipt.heading'),
    before: [
      t('mail.greeting'),
      t('mail.receipt.intro', { customer: showable(customerName), partner }),
      `${t('mail.receipt.sealed', { at: formatDateTime(sealedAt, locale) })}. ${t('mail.receipt.until', { until: formatDate(lapsesAt, locale) })}.`,
    ],
    button: { label: t('mail.receipt.button'), url: accessUrl },
    after: [t('mail.receipt.private')],
    footer: partnerFooter(locale, theme),
  });
}
