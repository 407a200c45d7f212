import { BoxedBody, type Framed, previewCss } from '#components/customer/preview.tsx';
import { renderCustomerPart } from '#components/customer/render.ts';
import { Welcome } from '#components/customer/welcome.tsx';
import type { InvitationMailInput } from '#lib/mail/templates/index.ts';

/** The first page as the customer of this invitation finds it, by day. */
export async function welcomeFrame(asked: InvitationMailInput, demo: boolean): Promise<Framed> {
  const { theme, locale, customerName, invitedBy, url } = asked;
  const html = await renderCustomerPart(
    <BoxedBody locale={locale} theme={theme} demo={demo}>
      <Welcome {...{ locale, theme, customerName, invitedBy }} form={{ action: '#', csrf: '' }} forward={url} />
    </BoxedBody>,
  );
  return { scheme: 'light', css: previewCss(theme, 'light'), html };
}
