import type { ReactElement } from 'react';
import { type ResolvedTheme, resolveTheme, ThemeTokens } from '#lib/branding/index.ts';
import { type Locale, localeNames, locales, translatorFor } from '#lib/i18n/index.ts';
import { BeforeYouGo, sites } from './before-you-go.tsx';
import { CustomerDocument } from './document.tsx';
import { Done } from './done.tsx';
import { accessStates, MyAccess } from './my-access.tsx';
import { NewLinkAsked } from './new-link.tsx';
import { Problem, problemKinds } from './problem.tsx';
import { RemindersStopped, StopReminders } from './stop.tsx';
import { type ScreenName, titleOf } from './titles.ts';
import { Waiting } from './waiting.tsx';
import { Welcome } from './welcome.tsx';
import { WithdrawConfirm, Withdrawn } from './withdrawn.tsx';

/** Every screen with the props it meets in practice: what the tests render, and whoever wants to look at them. */

const form = { action: '/connect/wxi_demo', csrf: 'csrf-value', fields: { step: 'next' } };
const href = '/connect/wxi_demo';
const forwardLink =
  'https://connect.vermeer.example/connect/wxi_000000000000000000000000_00000000000000000000000000000000';
const exactSecurityHref = 'https://start.exactonline.nl/docs/SecurityCenter.aspx';
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
      form={form}
      backHref={href}
    />
  ),
}));

const done: Sample[] = (['done', 'done-parked', 'done-unknown', 'done-many'] as const).map((title) => ({
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
      divisions={divisionsOf({ done: 2, 'done-parked': 1, 'done-unknown': 0, 'done-many': 240 }[title], name)}
      accessHref={`${href}/access`}
      exactSecurityHref={exactSecurityHref}
      receiptSentTo={title === 'done-unknown' ? null : (name ?? 'petra@bakkerijjansen.example')}
      doubt={title === 'done-parked' ? null : form}
      parked={title === 'done-parked'}
    />
  ),
}));

const access: Sample[] = accessStates.map((state) => {
  const handed = state === 'handed_over' || state === 'registered';
  return {
    name: `access-${state}`,
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
        exactUser={{ fullName: name ?? 'Petra Jansen', userName: name ?? 'petra@bakkerijjansen.example' }}
        company={name ?? 'Bakkerij Jansen B.V.'}
        divisions={divisionsOf(3, name)}
        timeline={[
          { at: now, text: name ?? translatorFor(look.locale)('access.sealed') },
          { at: sealedAt, text: name ?? translatorFor(look.locale)('page.about') },
        ]}
        connectAgain={state === 'claimed' ? null : form}
        withdraw={form}
        exactSecurityHref={exactSecurityHref}
      />
    ),
  };
});

const problems: Sample[] = problemKinds.map((kind) => ({
  name: `problem-${kind}`,
  screen: 'problem',
  draw: ({ name, ...look }) => (
    <Problem
      {...look}
      kind={kind}
      code={name ?? 'K7P-4QX'}
      retry={
        kind === 'link_lapsed' || kind === 'link_unknown'
          ? null
          : kind === 'provider_down'
            ? { href, label: name ?? translatorFor(look.locale)('problem.provider_down.action') }
            : form
      }
    />
  ),
}));

const lapsed: Sample[] = (['mail', 'button'] as const).map((wayOn) => ({
  name: `problem-link_lapsed-${wayOn}`,
  screen: 'problem',
  draw: ({ name, ...look }) => (
    <Problem
      {...look}
      kind="link_lapsed"
      code={name ?? 'K7P-4QX'}
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
  {
    name: 'waiting',
    screen: 'waiting',
    draw: ({ name, ...look }) => <Waiting {...look} href={href} reloadSeconds={2} />,
  },
  {
    name: 'waiting-still',
    screen: 'waiting',
    draw: ({ name, ...look }) => <Waiting {...look} href={href} reloadSeconds={null} />,
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

export const samples: readonly Sample[] = [
  ...welcome,
  ...before,
  ...done,
  ...access,
  ...problems,
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
