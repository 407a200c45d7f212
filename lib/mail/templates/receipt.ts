import { type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { formatDate, formatDateTime, type Locale, translatorFor } from '#lib/i18n/index.ts';
import { type InlineImage, type Mail, writeLetter } from './letter.ts';
import { partnerFooter } from './partner-footer.ts';

export type ReceiptMailInput = {
  readonly locale: Locale;
  readonly theme: ResolvedTheme;
  readonly logo?: InlineImage | undefined;
  readonly customerName: string;
  readonly accessUrl: string;
  readonly sealedAt: Date;
  readonly lapsesAt: Date;
};

/** What the customer keeps: proof of what they gave, and the way to take it back. */
export function receiptMail(input: ReceiptMailInput): Promise<Mail> {
  const { locale, theme, logo, accessUrl } = input;
  const t = translatorFor(locale);
  const partner = showable(theme.displayName);
  const sealed = t('mail.receipt.sealed', { at: formatDateTime(input.sealedAt, locale) });
  const until = t('mail.receipt.until', { until: formatDate(input.lapsesAt, locale) });
  return writeLetter({
    lang: locale,
    theme,
    logo,
    subject: t('mail.receipt.subject', { partner }),
    preview: `${until}.`,
    heading: t('mail.receipt.heading'),
    before: [
      t('mail.greeting'),
      t('mail.receipt.intro', { customer: showable(input.customerName), partner }),
      `${sealed}. ${until}.`,
    ],
    button: { label: t('mail.receipt.button'), url: accessUrl },
    after: [t('mail.receipt.private')],
    footer: partnerFooter(locale, theme),
  });
}
