import { randomBytes } from 'node:crypto';
import { InviteSheet, type InviteSheetProps } from '#components/console/invite-sheet.tsx';
import { siteNames } from '#components/console/words.ts';
import { renderCustomerPage } from '#components/customer/render.ts';
import { houseTheme, resolveTheme, storedTokens } from '#lib/branding/index.ts';
import { pageHeaders } from '#lib/browser/index.ts';
import { foreseeInvitation, type InvitationInput } from '#lib/consent/index.ts';
import { formatDateTime, localeNames } from '#lib/i18n/index.ts';
import type { InvitationMailInput } from '#lib/mail/templates/index.ts';
import { consolePost, type Session } from '#lib/session/index.ts';
import { mailFrames } from '../../_parts/brand-frames.ts';
import { inputOf } from '../../_parts/invite.ts';
import { welcomeFrame } from '../../_parts/invite-frames.tsx';

type Sheet = Omit<InviteSheetProps, 'nonce'>;

/** Whom they should turn out to be, if anybody asked. */
function expectation({ expect }: InvitationInput): string | null {
  const user = expect?.exact_user && `user ${expect.exact_user}`;
  const division = expect?.division && `administration ${expect.division}`;
  return [user, division].filter(Boolean).join(', ') || null;
}

/** What a customer would get of this form. Reads; stores and sends nothing. */
async function sheetOf({ ctx, member, partner }: Session, input: InvitationInput): Promise<Sheet> {
  const { locale, chosen, site, expiresAt, url } = await foreseeInvitation(ctx, input);
  const tokens = storedTokens(partner.theme);
  const theme = tokens ? resolveTheme(tokens) : houseTheme;
  const { name: customerName, email } = input.customer;
  const asked: InvitationMailInput = { locale, theme, customerName, url, expiresAt, invitedBy: member.name };
  const mail = input.channel === 'mail' ? await mailFrames(asked, ['light']) : null;
  const [sender, language] = [tokens?.senderName ?? tokens?.displayName ?? partner.name, localeNames[locale]];
  const facts: [string, string | null | undefined][] = [
    ['To', mail ? email : 'you, as a link to pass on'],
    ['From', mail && sender],
    ['Subject', mail?.subject],
    ['Works until', formatDateTime(expiresAt, 'en')],
    ['Reminders', mail && (input.remind ? 'while they have not finished' : 'none')],
    ['Language', chosen ? language : `${language}; the page follows their browser`],
    ['Exact Online', input.choose_site ? 'the country they choose' : siteNames[site]],
    ['Expected', expectation(input)],
  ];
  return {
    customer: customerName,
    facts: facts.flatMap(([name, value]) => (value ? [{ name, value }] : [])),
    mail: mail?.frames[0] ?? null,
    page: await welcomeFrame(asked, partner.sandbox),
  };
}

/** The mail and the first page of what is typed, before it is sent. The proxy's nonce, so that its policy and this one agree. */
export const POST = consolePost('invite', async ({ member, form, request }) => {
  const nonce = request.headers.get('x-nonce') ?? randomBytes(16).toString('base64');
  const html = await renderCustomerPage(<InviteSheet nonce={nonce} {...(await sheetOf(member, inputOf(form)))} />);
  const csp = `default-src 'none'; style-src 'nonce-${nonce}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  return new Response(html, {
    headers: { ...pageHeaders({ csp, opener: 'same-origin' }), 'content-type': 'text/html; charset=utf-8' },
  });
});
