import { type Scheme, schemes } from '#components/customer/framed.ts';
import { framedMail } from '#components/customer/framed-mail.ts';
import {
  type Framed,
  type PreviewScreen,
  phoneWidth,
  previewBody,
  previewCss,
  previewScreens,
} from '#components/customer/preview.tsx';
import { renderCustomerPart } from '#components/customer/render.ts';
import { type ResolvedTheme, resolveTheme, type ThemeTokens } from '#lib/branding/index.ts';
import { config } from '#lib/config/index.ts';
import { isLocale, type Locale } from '#lib/i18n/index.ts';
import { invitationMail } from '#lib/mail/templates/index.ts';

export const previewParts = [...previewScreens, { name: 'mail', label: 'Mail' }] as const;
export type PreviewPart = (typeof previewParts)[number]['name'];

export const partOf = (text: string | null): PreviewPart =>
  previewParts.find(({ name }) => name === text)?.name ?? 'welcome';
export const languageOf = (text: string | null): Locale => (isLocale(text) ? text : 'en');

const day = 86_400_000;

async function mailOf(theme: ResolvedTheme, locale: Locale, now: Date): Promise<string> {
  const mail = await invitationMail({
    locale,
    theme,
    customerName: 'Bakkerij Jansen B.V.',
    url: `${config().publicUrl}/connect/wxi_example`,
    expiresAt: new Date(now.getTime() + 7 * day),
    invitedBy: 'Anneke de Vries',
  });
  return mail.html;
}

async function pageOf(screen: PreviewScreen, theme: ResolvedTheme, locale: Locale, scheme: Scheme): Promise<Framed> {
  const html = await renderCustomerPart(previewBody(screen, theme, locale, scheme));
  return { scheme, css: previewCss(theme, scheme), html };
}

/** One page or mail as customers get it in this language, in both colour schemes, on a phone. */
export async function framesOf(tokens: ThemeTokens, part: PreviewPart, locale: Locale, now: Date): Promise<Framed[]> {
  const theme = resolveTheme(tokens);
  if (part !== 'mail') return Promise.all(schemes.map((scheme) => pageOf(part, theme, locale, scheme)));
  const html = await mailOf(theme, locale, now);
  return schemes.map((scheme) => ({ scheme, ...framedMail(html, { scheme, width: phoneWidth }) }));
}
