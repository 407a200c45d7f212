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
import { type InvitationMailInput, invitationMail } from '#lib/mail/templates/index.ts';

export const previewParts = [...previewScreens, { name: 'mail', label: 'Mail' }] as const;
export type PreviewPart = (typeof previewParts)[number]['name'];

export const partOf = (text: string | null): PreviewPart =>
  previewParts.find(({ name }) => name === text)?.name ?? 'welcome';
export const languageOf = (text: string | null): Locale => (isLocale(text) ? text : 'en');

const day = 86_400_000;

const mailOf = (theme: ResolvedTheme, locale: Locale, now: Date): InvitationMailInput => ({
  locale,
  theme,
  customerName: 'Bakkerij Jansen B.V.',
  url: `${config().publicUrl}/connect/wxi_example`,
  expiresAt: new Date(now.getTime() + 7 * day),
  invitedBy: 'Anneke de Vries',
});

/** The mail that asks a customer, as it looks on a phone. Its logo travels with it; here it is the one of the pages. */
export async function mailFrames(asked: InvitationMailInput, shown: readonly Scheme[] = schemes) {
  const { logoUrl } = asked.theme;
  const travels = logoUrl?.endsWith('.png') === true; // as lib/mail has it
  const logo = { cid: 'logo', contentType: 'image/png', bytes: new Uint8Array() };
  const { subject, html } = await invitationMail({ ...asked, ...(travels ? { logo } : {}) });
  const drawn = html.replaceAll('src="cid:logo"', () => `src="${logoUrl}"`);
  const frames = shown.map((scheme): Framed => ({ scheme, ...framedMail(drawn, { scheme, width: phoneWidth }) }));
  return { subject, frames };
}

async function pageOf(screen: PreviewScreen, theme: ResolvedTheme, locale: Locale, scheme: Scheme): Promise<Framed> {
  const html = await renderCustomerPart(previewBody(screen, theme, locale, scheme));
  return { scheme, css: previewCss(theme, scheme), html };
}

/** One page or mail as customers get it in this language, in both colour schemes, on a phone. */
export async function framesOf(tokens: ThemeTokens, part: PreviewPart, locale: Locale, now: Date): Promise<Framed[]> {
  const theme = resolveTheme(tokens);
  if (part !== 'mail') return Promise.all(schemes.map((scheme) => pageOf(part, theme, locale, scheme)));
  return (await mailFrames(mailOf(theme, locale, now))).frames;
}
