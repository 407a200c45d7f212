import { type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { type Locale, translatorFor } from '#lib/i18n/index.ts';

/** Who sent this and whom to ask, under every mail a customer gets. */
export function partnerFooter(locale: Locale, theme: ResolvedTheme): string[] {
  const t = translatorFor(locale);
  const partner = showable(theme.displayName);
  const contact = theme.supportEmail ?? theme.supportUrl;
  return [
    contact ? t('mail.notExpected', { partner, contact }) : t('mail.notExpectedPlain', { partner }),
    t('mail.footer', { partner }),
  ];
}
