import { InviteSheet, type InviteSheetProps } from '#components/console/invite-sheet.tsx';
import { siteNames } from '#components/console/words.ts';
import { houseTheme, resolveTheme, storedTokens } from '#lib/branding/index.ts';
import { foreseeInvitation, type InvitationInput } from '#lib/consent/index.ts';
import { formatDateTime, localeNames } from '#lib/i18n/index.ts';
import type { InvitationMailInput } from '#lib/mail/templates/index.ts';
import { consolePost, type Session } from '#lib/session/index.ts';
import { mailFrames } from '../../_parts/brand-frames.ts';
import { inputOf } from '../../_parts/invite.ts';
import { welcomeFrame } from '../../_parts/invite-frames.tsx';
import { sheet } from '../../_parts/sheet.ts';

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

/** The mail and the first page of what is typed, before it is sent. */
export const POST = consolePost('invite', async ({ member, form }) => {
  const shown = await sheetOf(member, inputOf(form));
  return sheet((nonce) => <InviteSheet nonce={nonce} {...shown} />);
});
