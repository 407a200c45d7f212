import type { ReactElement } from 'react';
import { type ResolvedTheme, resolveTheme, ThemeTokens } from '#lib/branding/index.ts';
import type { Happening } from '#lib/connections/index.ts';
import { type Locale, localeNames, locales, messages, translatorFor } from '#lib/i18n/index.ts';
import { BeforeYouGo, sites } from './before-you-go.tsx';
import { ConfirmAccount } from './confirm-account.tsx';
import { CustomerDocument } from './document.tsx';
import { Done } from './done.tsx';
import { Kept } from './kept.tsx';
import { type AccessState, accessStates, MyAccess } from './my-access.tsx';
import { NewLinkAsked } from './new-link.tsx';
import { Paste, type PasteWrong } from './paste.tsx';
import { Problem, problemKinds } from './problem.tsx';
import { faults, PutRight } from './put-right.tsx';
import { RemindersStopped, StopReminders } from './stop.tsx';
import { type ScreenName, titleOf } from './titles.ts';
import { Checking, Waiting } from './waiting.tsx';
import { Welcome } from './welcome.tsx';
import { WhereItStands } from './where-it-stands.tsx';
import { WithdrawConfirm, Withdrawn } from './withdrawn.tsx';

/** Every screen with the props it meets in practice: what the tests render, and whoever wants to look at them. */

const form = { action: '/connect/wxi_demo', csrf: 'csrf-value', fields: { step: 'next' } };
const href = '/connect/wxi_demo';
const redirectUri = 'https://clientredirect.vendor.example/exact/return.aspx';
const forwardLink =
  'https://connect.vermeer.example/connect/wxi_000000000000000000000000_00000000000000000000000000000000';
const exactSecurityHref = 'https://start.exactonline.nl/docs/SecurityCenter.aspx';
const returnUrl = 'https://app.vermeer.example/settings/exact?done=1';
const sealedAt = new Date('2026-02-12T09:41:00Z');
const lapsesAt = new Date('2026-03-14T09:41:00Z');
const now = new Date('2026-02-18T12:00:00Z');

export const sampleTokens = {
  displayName: 'Vermeer Dashboards',
  accent: '#1f5fd0',
  radius: 'soft',
  font: 'system',
  logoUrl: null,
  purpose: {
    en: 'Vermeer Dashboards turns your bookkeeping into a weekly overview of cash, margin and open invoices.',
    nl: 'Vermeer Dashboards maakt van uw boekhouding een wekelijks overzicht van kas, marge en openstaande facturen.',
    de: 'Vermeer Dashboards macht aus Ihrer Buchhaltung eine wöchentliche Übersicht über Kasse, Marge und offene Rechnungen.',
  },
  supportEmail: 'support@vermeer-dashboards.example',
  supportUrl: 'https://help.vermeer-dashboards.example',
  privacyUrl: 'https://vermeer-dashboards.example/privacy',
  termsUrl: 'https://vermeer-dashboards.example/terms',
} as const satisfies ThemeTokens;

export const sampleTheme: ResolvedTheme = resolveTheme(ThemeTokens.parse(sampleTokens));

/** The strings that customers and Exact could hand us: markup, templates, text that turns around, far too much of it. */
export const hostileNames = [
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  '</style><script>alert(1)</script>',
  '</title><img src=x onerror=alert(1)>',
  'url(javascript:alert(1))',
  'width: expression(alert(1))',
  'Bakker\u202egnp.exe\u202c',
  'x'.repeat(5000),
  '👩‍👩‍👧‍👦 & Zonen',
  'חברת הנהלת חשבונות',
  `O'Neil "De Hoek" \`B.V.\``,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that it stays a plain string is the point.
  '{{7*7}} ${7*7} {partner} <n>x</n> <b>y</b>',
  '=cmd|calc!A1',
  'Jansen\r\nBcc: everyone@example.com',
  '   ',
] as const;

type Look = { readonly locale: Locale; readonly theme: ResolvedTheme; readonly name?: string };

export type Sample = {
  readonly name: string;
  readonly screen: ScreenName;
  readonly draw: (look: Look) => ReactElement;
};

const divisionsOf = (count: number, name?: string) =>
  Array.from({ length: count }, (_, index) => ({
    code: 1_234_001 + index,
    current: index === 0,
    name:
      name ?? ['Bakkerij Jansen B.V.', 'Jansen Holding B.V.', 'Jansen Vastgoed B.V.'][index] ?? `Klant ${index + 1}`,
  }));

const welcome: Sample[] = [true, false].map((invited) => ({
  name: invited ? 'welcome' : 'welcome-embedded',
  screen: 'welcome',
  draw: ({ name, ...look }) => (
    <Welcome
      {...look}
      customerName={name ?? 'Bakkerij Jansen B.V.'}
      invitedBy={invited ? (name ?? 'Anneke de Vries') : null}
      form={form}
      forward={invited ? forwardLink : null}
    />
  ),
}));

const before: Sample[] = [
  { name: 'before', standing: null },
  { name: 'before-sealed', standing: { kind: 'sealed' as const, sealedAt, lapsesAt, who: 'Petra Jansen' } },
  { name: 'before-by-hand', standing: null },
  { name: 'before-in-use', standing: { kind: 'handed_over' as const, sealedAt, lapsesAt, who: null } },
].map(({ name: title, standing }) => ({
  name: title,
  screen: 'beforeYouGo',
  draw: ({ name, ...look }: Look) => (
    <BeforeYouGo
      {...look}
      site="nl"
      siteOptions={title === 'before-in-use' ? sites : []}
      exactHost={title === 'before' ? 'start.exactonline.nl' : null}
      standing={standing ? { ...standing, who: name ?? standing.who } : null}
      keep={standing ? form : null}
      paste={title === 'before-by-hand' ? { host: new URL(redirectUri).host, href: `${href}/paste` } : null}
      form={{ ...form, newTab: title === 'before-by-hand' }}
      backHref={href}
    />
  ),
}));

const wrongs = Object.keys({
  empty: '',
  too_long: '',
  no_address: '',
  our_link: '',
  not_there_yet: '',
  other_address: '',
  incomplete: '',
  other_request: '',
} satisfies Record<PasteWrong, ''>) as PasteWrong[];

const paste: Sample[] = [null, ...wrongs].map((wrong) => ({
  name: wrong ? `paste-${wrong}` : 'paste',
  screen: 'paste',
  draw: ({ name, ...look }) => (
    <Paste
      {...look}
      redirectUri={name ? `https://vendor.example/${encodeURIComponent(name)}` : redirectUri}
      wrong={wrong}
      form={form}
      backHref={wrong === 'other_request' ? null : `${href}/go`}
    />
  ),
}));

const done: Sample[] = (['done', 'done-parked', 'done-unknown', 'done-many', 'done-return'] as const).map((title) => ({
  name: title,
  screen: 'done',
  draw: ({ name, ...look }) => (
    <Done
      {...look}
      sealedAt={sealedAt}
      lapsesAt={lapsesAt}
      identityKnown={title !== 'done-unknown'}
      exactUser={
        title === 'done-unknown'
          ? null
          : { fullName: name ?? 'Petra Jansen', userName: name ?? 'petra@bakkerijjansen.example' }
      }
      company={title === 'done-unknown' ? null : (name ?? 'Bakkerij Jansen B.V.')}
      divisions={divisionsOf(
        { done: 2, 'done-parked': 1, 'done-unknown': 0, 'done-many': 240, 'done-return': 2 }[title],
        name,
      )}
      accessHref={`${href}/access`}
      exactSecurityHref={exactSecurityHref}
      returnUrl={title === 'done-return' ? returnUrl : null}
      receiptSentTo={title === 'done-unknown' ? null : (name ?? 'petra@bakkerijjansen.example')}
      doubt={title === 'done-parked' ? null : form}
      parked={title === 'done-parked'}
    />
  ),
}));

const accountOf = (count: number, name?: string) => ({
  exactUser: { fullName: name ?? 'Petra Jansen', userName: name ?? 'petra@bakkerijjansen.example' },
  company: name ?? 'Bakkerij Jansen B.V.',
  divisions: divisionsOf(count, name),
});

const asked = (name?: string) => ({ user: name ?? 'petra@bakkerijjansen.example', division: name ?? '1234001' });
const confirm: Sample[] = [false, true].map((required) => ({
  name: required ? 'confirm-required' : 'confirm',
  screen: 'confirm',
  draw: ({ name, ...look }) => (
    <ConfirmAccount
      {...look}
      {...accountOf(2, name)}
      asked={required ? asked(name) : { user: null, division: null }}
      required={required}
      yes={form}
      other={form}
      doubt={required ? null : form}
    />
  ),
}));

const fixes: Sample[] = faults.flatMap((fault) =>
  ([null, 'still', 'unreadable', 'tooLate'] as const).map((said) => ({
    name: said ? `fix-${fault}-${said}` : `fix-${fault}`,
    screen: 'fix' as const,
    draw: ({ name, ...look }: Look) => (
      <PutRight
        {...look}
        {...(fault === 'not_verified' ? { exactUser: null, company: null, divisions: [] } : accountOf(1, name))}
        fault={fault}
        asked={{ user: name ?? 'boekhouding@bakkerijjansen.example', division: name ?? '1234567' }}
        open={fault === 'not_verified' ? null : (name ?? '1234003 Jansen Vastgoed B.V.')}
        exactHref={exactSecurityHref}
        check={said === 'tooLate' ? null : form}
        again={form}
        another={form}
        said={said === 'tooLate' ? null : said}
        code="WX-3F9A2C"
      />
    ),
  })),
);

const handedOver = ['handed_over', 'registered', 'rejected', 'unconfirmed'];
const happenings = Object.keys(messages.en.access.past) as Happening[];
const later = (at: Date, minutes: number) => new Date(at.getTime() + minutes * 60_000);

/** When each of those happened: what ended without us at its own time, the rest within minutes of the handover. */
const happenedAt = (what: Happening, index: number): Date => {
  if (what === 'connected') return sealedAt;
  if (what === 'lapsed') return lapsesAt;
  return later(now, index - 2);
};
/** The last lines of the history in a state; the replaced one shows every line there is. */
const storyOf = (state: AccessState): readonly Happening[] => [
  'connected',
  ...(handedOver.includes(state) ? (['claimed', 'handed_over_cloud'] as const) : []),
  ...happenings.filter((what) => what === state && what !== 'handed_over'),
];
/** Seen by the browser that connected, and by whoever has only the link. */
const access: Sample[] = [...accessStates, 'link-only' as const].map((named) => {
  const state = named === 'link-only' ? 'sealed' : named;
  const handed = handedOver.includes(state);
  return {
    name: `access-${named}`,
    screen: 'myAccess',
    draw: ({ name, ...look }) => (
      <MyAccess
        {...look}
        state={state}
        now={state === 'expiring' ? new Date('2026-03-11T12:00:00Z') : now}
        customerName={name ?? 'Bakkerij Jansen B.V.'}
        connectedAt={sealedAt}
        lapsesAt={lapsesAt}
        handedOverAt={handed ? now : null}
        recipient={handed ? (name ?? 'Invantive Cloud') : null}
        administrations={3}
        given={
          named === 'link-only'
            ? null
            : {
                exactUser: { fullName: name ?? 'Petra Jansen', userName: name ?? 'petra@bakkerijjansen.example' },
                company: name ?? 'Bakkerij Jansen B.V.',
                divisions: divisionsOf(3, name),
              }
        }
        timeline={happenings
          .filter((what) => state === 'superseded' || storyOf(state).includes(what))
          .map((what, index) => ({
            what,
            at: state === 'superseded' ? later(sealedAt, index) : happenedAt(what, index),
          }))
          .reverse()}
        connectAgain={state === 'claimed' ? null : form}
        withdraw={form}
        exactSecurityHref={exactSecurityHref}
      />
    ),
  };
});

/** What a used link shows once more has happened: to whoever has it, and to the browser that connected. */
const where: Sample[] = [...accessStates, 'own' as const].map((named) => ({
  name: `where-${named}`,
  screen: 'myAccess',
  draw: ({ name: _, ...look }) => (
    <WhereItStands
      {...look}
      state={named === 'own' ? 'withdrawn' : named}
      lapsesAt={lapsesAt}
      ownHref={named === 'own' ? href : null}
    />
  ),
}));

const problems: Sample[] = problemKinds.map((kind) => ({
  name: `problem-${kind}`,
  screen: 'problem',
  draw: ({ name, ...look }) => (
    <Problem
      {...look}
      kind={kind}
      code={name ?? 'WX-7F3K2Q'}
      retry={
        ['link_lapsed', 'link_withdrawn', 'link_unknown'].includes(kind)
          ? null
          : kind === 'provider_down'
            ? { href, label: name ?? translatorFor(look.locale)('problem.provider_down.action') }
            : form
      }
      decline={kind === 'denied' ? form : null}
      earlierHref={kind === 'other_tab' ? href : null}
    />
  ),
}));

/** To a reader who cannot be told whose link it was, and has no form to go on with. */
const unnamed: Sample[] = (['other_browser', 'our_side'] as const).map((kind) => ({
  name: `problem-${kind}-unnamed`,
  screen: 'problem',
  draw: ({ name, ...look }) => <Problem {...look} kind={kind} code={name ?? 'WX-7F3K2Q'} retry={null} unnamed={true} />,
}));

const lapsed: Sample[] = (['mail', 'button'] as const).map((wayOn) => ({
  name: `problem-link_lapsed-${wayOn}`,
  screen: 'problem',
  draw: ({ name, ...look }) => (
    <Problem
      {...look}
      kind="link_lapsed"
      code={name ?? 'WX-7F3K2Q'}
      retry={wayOn === 'mail' ? form : null}
      wayOn={wayOn}
    />
  ),
}));

const reminders: Sample[] = [
  { name: 'stop', screen: 'stop', draw: ({ name, ...look }) => <StopReminders {...look} form={form} /> },
  {
    name: 'stopped',
    screen: 'stop',
    draw: ({ name, ...look }) => <RemindersStopped {...look} request={{ href, until: lapsesAt }} />,
  },
  {
    name: 'stopped-ended',
    screen: 'stop',
    draw: ({ name, ...look }) => <RemindersStopped {...look} request={null} />,
  },
  { name: 'new-link', screen: 'newLink', draw: ({ name, ...look }) => <NewLinkAsked {...look} /> },
];

const others: Sample[] = [
  { name: 'kept', screen: 'kept', draw: ({ name: _, ...look }) => <Kept {...look} returnUrl={null} /> },
  { name: 'kept-return', screen: 'kept', draw: ({ name: _, ...look }) => <Kept {...look} returnUrl={returnUrl} /> },
  {
    name: 'declined-return',
    screen: 'problem',
    draw: ({ name, ...look }) => (
      <Problem {...look} kind="declined" code={name ?? 'WX-7F3K2Q'} retry={form} returnUrl={returnUrl} />
    ),
  },
  {
    name: 'checking',
    screen: 'waiting',
    draw: ({ name: _, ...look }) => <Checking {...look} href={href} movesOn />,
  },
  {
    name: 'waiting',
    screen: 'waiting',
    draw: ({ name, ...look }) => <Waiting {...look} href={href} movesOn />,
  },
  {
    name: 'waiting-still',
    screen: 'waiting',
    draw: ({ name, ...look }) => <Waiting {...look} href={href} movesOn={false} />,
  },
  {
    name: 'withdraw',
    screen: 'withdraw',
    draw: ({ name, ...look }) => (
      <WithdrawConfirm {...look} customerName={name ?? 'Bakkerij Jansen B.V.'} form={form} backHref={href} />
    ),
  },
  {
    name: 'withdrawn',
    screen: 'withdrawn',
    draw: ({ name, ...look }) => (
      <Withdrawn {...look} withdrawnAt={now} connectAgain={form} exactSecurityHref={exactSecurityHref} />
    ),
  },
];

/** The partner's own words where they have a place, as long as they may be, in every language. */
const inOwnWords: Sample[] = ['before', 'done'].flatMap((name) =>
  [...before, ...done]
    .filter((sample) => sample.name === name)
    .map((sample) => ({
      ...sample,
      name: `${name}-own-words`,
      draw: (look: Look) => {
        const own = look.name ?? 'Vermeer Dashboards opens your first overview within one working day. '.repeat(4);
        const everywhere = Object.fromEntries(locales.map((locale) => [locale, own.slice(0, 240)]));
        return sample.draw({ ...look, theme: { ...look.theme, beforeWords: everywhere, doneWords: everywhere } });
      },
    })),
);

export const samples: readonly Sample[] = [
  ...welcome,
  ...before,
  ...paste,
  ...done,
  ...confirm,
  ...fixes,
  ...inOwnWords,
  ...access,
  ...where,
  ...problems,
  ...unnamed,
  ...lapsed,
  ...reminders,
  ...others,
];

export function sampleDocument(sample: Sample, look: Look & { demo?: boolean }): ReactElement {
  return (
    <CustomerDocument
      lang={look.locale}
      title={titleOf(sample.screen, look)}
      nonce="bm9uY2U="
      theme={look.theme}
      demo={look.demo ?? false}
      languages={locales.map((locale) => ({
        locale,
        label: localeNames[locale],
        href: `?lang=${locale}`,
        current: locale === look.locale,
      }))}
    >
      {sample.draw(look)}
    </CustomerDocument>
  );
}
