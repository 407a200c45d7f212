import { describe, expect, test } from 'vitest';
import { houseTheme, resolveTheme } from '#lib/branding/index.ts';
import { formatDate, formatDateTime, type Locale, locales } from '#lib/i18n/index.ts';
import { escaped, html } from './html.ts';
import { expiringMail, invitationMail, receiptMail, signInMail } from './index.ts';

const theme = resolveTheme({
  displayName: 'Vermeer Dashboards',
  accent: '#1f5fd0',
  radius: 'soft',
  font: 'system',
  logoUrl: null,
  purpose: { en: 'A weekly overview.', nl: 'Een wekelijks overzicht.' },
  supportEmail: 'support@vermeer.example',
  supportUrl: null,
  privacyUrl: null,
  termsUrl: null,
});
/** How the purpose begins where the partner has no words for it. */
const said = { en: '', nl: '', de: 'möchte mit den Daten', fr: 'souhaite travailler', es: 'desea trabajar' };
const url = 'https://connect.vermeer.example/connect/wxi_abc?x=1&y=2';
const sealedAt = new Date('2026-02-12T09:41:00Z');
const lapsesAt = new Date('2026-03-14T09:41:00Z');

const invitation = {
  theme,
  customerName: 'Bakkerij Jansen B.V.',
  url,
  expiresAt: lapsesAt,
  invitedBy: 'Anneke de Vries',
};
const receipt = { theme, customerName: 'Bakkerij Jansen B.V.', accessUrl: url, sealedAt, lapsesAt };

describe.each(locales)('mails in %s', (locale) => {
  test('an invitation says who asks, for whom and until when, alike in both bodies', () => {
    const mail = invitationMail({ locale, ...invitation });
    for (const body of [mail.text, mail.html]) {
      for (const part of [
        'Vermeer Dashboards',
        'Bakkerij Jansen B.V.',
        'Anneke de Vries',
        '2026',
        theme.purpose[locale] ?? said[locale],
        'support@vermeer.example',
      ]) {
        expect(body).toContain(part);
      }
    }
    expect(mail.text).toContain(`\n${url}\n`);
    expect(mail.html).toContain(`href="${escaped(url)}"`);
    expect(mail.html).toContain('max-width:560px');
  });

  test('a receipt leads to the customer’s own page and gives both dates', () => {
    const mail = receiptMail({ locale, ...receipt });
    expect(mail.text).toContain(url);
    expect(mail.text).toContain(formatDateTime(sealedAt, locale));
    expect(mail.text).toContain(formatDate(lapsesAt, locale));
  });

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    'Jansen\r\nBcc: everyone@example.com',
    'Jansen\u2028Bcc: x',
    'x\u202egnp',
    'x'.repeat(5000),
    '{{7*7}} {partner}',
  ])('the name %j stays text and cannot start a header', (name) => {
    const purpose = Object.fromEntries(locales.map((each) => [each, name])) as Record<Locale, string>;
    const hostile = resolveTheme({ ...theme, displayName: name, purpose });
    for (const mail of [
      invitationMail({ locale, ...invitation, theme: hostile, customerName: name, invitedBy: name }),
      receiptMail({ locale, ...receipt, theme: hostile, customerName: name }),
    ]) {
      expect(mail.subject).not.toMatch(/[\r\n\u2028\u2029\u202e]/);
      expect(mail.subject.length).toBeLessThanOrEqual(150);
      expect(mail.html).not.toMatch(/<script|<img|\u202e/);
      expect(mail.text).not.toMatch(/^Bcc:/m);
      expect(mail.html).not.toContain('49 ');
    }
  });

  test('nothing is fetched when a mail is opened', () => {
    for (const mail of [invitationMail({ locale, ...invitation }), receiptMail({ locale, ...receipt })]) {
      expect(mail.html).not.toMatch(/<img|<link|url\(|@import|src=/);
    }
  });
});

test('without an inviter or a mailbox the sentences still hold', () => {
  const mail = invitationMail({ locale: 'en', ...invitation, theme: houseTheme, invitedBy: null });
  expect(mail.text).toContain('Waxseal asks you, for Bakkerij Jansen B.V., to connect');
  expect(mail.text).not.toMatch(/null|undefined/);
});

test('a sign-in mail says how long and carries the link in both bodies', () => {
  const mail = signInMail({ url: 'http://localhost:3000/console/sign-in?t=1', minutes: 10 });
  expect(mail.subject).toBe('Sign in to Waxseal');
  expect(mail.text).toContain('http://localhost:3000/console/sign-in?t=1');
  expect(mail.text).toContain('10 minutes');
  expect(mail.html).toContain('10 minutes');
});

test.each(['javascript:alert(1)', '/console', 'http://evil.example/', 'data:text/html,x', ''])(
  'refuses to send the link %j',
  (bad) => {
    expect(() => signInMail({ url: bad, minutes: 10 })).toThrow();
  },
);

test('the template escapes every value, and only its own markup passes', () => {
  const inner = html`<i>${'<&>'}</i>`;
  expect(html`<p title="${`"'`}">${inner}${[inner, inner]}${null}</p>`.markup).toBe(
    '<p title="&quot;&#39;"><i>&lt;&amp;&gt;</i><i>&lt;&amp;&gt;</i><i>&lt;&amp;&gt;</i></p>',
  );
});

describe('what is about to lapse', () => {
  const row = { customer: 'Bakkerij Jansen B.V.', parked: false, lapsesAt };
  const input = { partner: 'Vermeer', sandbox: false, at: sealedAt, rows: [row], total: 1, url };

  test('one connection is named in the subject, several are counted', () => {
    expect(expiringMail(input).subject).toBe('Vermeer: Bakkerij Jansen B.V. runs out in 30 days');
    expect(expiringMail({ ...input, rows: [row, row], total: 2 }).subject).toBe(
      'Vermeer: 2 connections run out within 14 days',
    );
    expect(expiringMail({ ...input, rows: [row, row], total: 2 }).text).toContain('The first one ends in 30 days.');
  });

  test('a sandbox says so before anything else', () => {
    const mail = expiringMail({ ...input, sandbox: true });
    expect(mail.subject).toMatch(/^\[Sandbox\] /);
    expect(mail.text).toContain('the customers are not real');
  });

  test.each(['<script>alert(1)</script>', 'Jansen\r\nBcc: everyone@example.com', 'x\u202egnp'])(
    'the name %j stays text in both bodies',
    (customer) => {
      const mail = expiringMail({ ...input, partner: customer, rows: [{ ...row, customer, parked: true }] });
      expect(mail.html).not.toMatch(/<script|\u202e/);
      expect(mail.text).not.toMatch(/^Bcc:/m);
      expect(mail.subject).not.toMatch(/[\r\n\u202e]/);
      expect(mail.text).toContain('waits for a decision of yours');
    },
  );
});
