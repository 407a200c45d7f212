import { describe, expect, test } from 'vitest';
import { houseTheme, resolveTheme } from '#lib/branding/index.ts';
import { formatDate, formatDateTime, type Locale, locales } from '#lib/i18n/index.ts';
import {
  expiringMail,
  type InlineImage,
  invitationMail,
  newLinkMail,
  receiptMail,
  reminderMail,
  signInMail,
} from './index.ts';

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
const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</style><script>alert(1)</script>',
  '</title><svg onload=alert(1)>',
  'url(javascript:alert(1)) expression(alert(1))',
  'Jansen\r\nBcc: everyone@example.com',
  'Jansen\u2028Bcc: x',
  'x\u202egnp',
  'חברת הנהלת חשבונות',
  '👩‍👩‍👧‍👦 & "Zonen" \'t',
  'x'.repeat(5000),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that it stays a plain string is the point.
  '{{7*7}} ${7*7} {partner} <n>x</n>',
  '=cmd|calc!A1',
];
const receipt = { theme, customerName: 'Bakkerij Jansen B.V.', accessUrl: url, sealedAt, lapsesAt };

const reminder = { ...invitation, askedAt: sealedAt, stopUrl: `${url}/stop` };
const escaped = (text: string) => text.replaceAll('&', '&amp;');
/** What a person reads of the second body: no markup, and not the invisible filler behind the preview. */
const seen = (html: string) =>
  html
    .replace(/<style>.*?<\/style>|<title>.*?<\/title>/gs, '')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
    .replaceAll('&#x27;', "'");

const customerMails =
  (more: object = {}) =>
  (locale: Locale) => ({
    invitation: invitationMail({ locale, ...invitation, ...more }),
    reminder: reminderMail({ locale, ...reminder, ...more }),
    newLink: newLinkMail({ locale, ...invitation, ...more }),
    receipt: receiptMail({ locale, ...receipt, ...more }),
  });
const all = async (locale: Locale, more: object = {}) => Promise.all(Object.values(customerMails(more)(locale)));

describe.each(locales)('mails in %s', (locale) => {
  test('what asks says who, for whom and until when, alike in both bodies', async () => {
    const { invitation: first, reminder: second } = customerMails()(locale);
    for (const mail of [await first, await second]) {
      for (const body of [mail.text, seen(mail.html)]) {
        for (const part of [
          'Vermeer Dashboards',
          'Bakkerij Jansen B.V.',
          'Anneke de Vries',
          formatDateTime(lapsesAt, locale),
          theme.purpose[locale] ?? said[locale],
          'support@vermeer.example',
        ]) {
          expect(body).toContain(part);
        }
      }
      expect(mail.text).toContain(`\n${url}\n`);
      expect(mail.html).toContain(`href="${escaped(url)}"`);
      expect(mail.html).toContain('max-width:560px');
    }
  });

  test('every sentence of one body stands in the other', async () => {
    for (const mail of await all(locale)) {
      const body = seen(mail.html);
      for (const line of mail.text.split('\n').filter((text) => text && text !== '-- ' && !text.endsWith('/stop')))
        expect(body).toContain(line.replace(/^- |:$/g, ''));
      expect(mail.html).toContain(`<html dir="ltr" lang="${locale}">`);
    }
  });

  test('a reminder can be ended by its last link and by the mail reader; nothing else says that it can', async () => {
    const { reminder: reminding, ...others } = customerMails()(locale);
    const mail = await reminding;
    expect(mail.unsubscribeUrl).toBe(`${url}/stop`);
    expect(mail.text).toContain(`\n${url}/stop\n`);
    expect(mail.html).toContain(`href="${escaped(`${url}/stop`)}"`);
    for (const other of await Promise.all(Object.values(others))) {
      expect(other.unsubscribeUrl).toBeUndefined();
      expect(other.text).not.toContain('/stop');
    }
  });

  test('a receipt leads to the customer’s own page and gives both dates', async () => {
    const mail = await receiptMail({ locale, ...receipt });
    for (const body of [mail.text, seen(mail.html)]) {
      expect(body).toContain(url);
      expect(body).toContain(formatDateTime(sealedAt, locale));
      expect(body).toContain(formatDate(lapsesAt, locale));
    }
  });

  test.each(hostile)('the name %j stays text and cannot start a header', async (name) => {
    const purpose = Object.fromEntries(locales.map((each) => [each, name])) as Record<Locale, string>;
    const brand = resolveTheme({ ...theme, displayName: name, purpose });
    for (const mail of await all(locale, { theme: brand, customerName: name, invitedBy: name })) {
      expect(mail.subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(mail.subject.length).toBeLessThanOrEqual(150);
      expect(mail.html).not.toMatch(/<script|<svg|<img|[\u202a-\u202e\u2066-\u2069]/);
      expect(mail.html.match(/<style/g)).toHaveLength(1);
      expect(mail.html.match(/<title/g)).toHaveLength(1);
      expect(mail.text).not.toMatch(/^Bcc:/m);
      expect(mail.html).not.toContain('49 ');
      expect(Buffer.byteLength(mail.html)).toBeLessThan(60_000);
    }
  });

  test('nothing is fetched when a mail is opened', async () => {
    for (const mail of await all(locale)) expect(mail.html).not.toMatch(/<img|<link|url\(|@import|src=/);
  });
});

test('a logo travels with the mail, in the place of the initials and under the partner’s name', async () => {
  const logo: InlineImage = { cid: 'logo', contentType: 'image/png', bytes: new Uint8Array([1, 2, 3]) };
  for (const mail of await all('nl', { logo })) {
    expect(mail.inline).toEqual([logo]);
    expect(mail.html.match(/<img [^>]*>/g)).toEqual([
      expect.stringMatching(/alt="Vermeer Dashboards".*src="cid:logo"/),
    ]);
    expect(mail.html).not.toContain('>VD<');
  }
  expect((await invitationMail({ locale: 'nl', ...invitation })).html).toContain('>VD<');
});

test('without an inviter or a mailbox the sentences still hold', async () => {
  const mail = await invitationMail({ locale: 'en', ...invitation, theme: houseTheme, invitedBy: null });
  expect(mail.text).toContain('Waxseal asks you, for Bakkerij Jansen B.V., to connect');
  expect(mail.text).not.toMatch(/null|undefined/);
});

test('a new link says that the earlier one is replaced, and what to do when nobody asked', async () => {
  const { text } = await newLinkMail({ locale: 'en', ...invitation });
  expect(text).toContain('takes the place of the earlier link');
  expect(text.match(/do nothing/g)).toHaveLength(1);
});

test('a sign-in mail says how long and carries the link in both bodies', async () => {
  const mail = await signInMail({ url: 'http://localhost:3000/console/sign-in?t=1', minutes: 10 });
  expect(mail.subject).toBe('Sign in to Waxseal');
  expect(mail.text).toContain('http://localhost:3000/console/sign-in?t=1');
  expect(mail.text).toContain('10 minutes');
  expect(mail.html).toContain('10 minutes');
});

test.each(['javascript:alert(1)', '/console', 'http://evil.example/', 'data:text/html,x', ''])(
  'refuses to send the link %j, also as the one that stops reminders',
  async (bad) => {
    await expect(signInMail({ url: bad, minutes: 10 })).rejects.toThrow();
    await expect(reminderMail({ locale: 'en', ...reminder, stopUrl: bad })).rejects.toThrow();
  },
);

describe('what is about to lapse', () => {
  const row = { customer: 'Bakkerij Jansen B.V.', parked: false, lapsesAt };
  const input = { partner: 'Vermeer', sandbox: false, at: sealedAt, rows: [row], total: 1, url };

  test('one connection is named in the subject, several are counted', async () => {
    expect((await expiringMail(input)).subject).toBe('Vermeer: Bakkerij Jansen B.V. runs out in 30 days');
    const several = await expiringMail({ ...input, rows: [row, row], total: 2 });
    expect(several.subject).toBe('Vermeer: 2 connections run out within 14 days');
    expect(several.text).toContain('The first one ends in 30 days.');
  });

  test('a sandbox says so before anything else', async () => {
    const mail = await expiringMail({ ...input, sandbox: true });
    expect(mail.subject).toMatch(/^\[Sandbox\] /);
    expect(mail.text).toContain('the customers are not real');
  });

  test.each(hostile)('the name %j stays text in both bodies', async (customer) => {
    const mail = await expiringMail({ ...input, partner: customer, rows: [{ ...row, customer, parked: true }] });
    expect(mail.html).not.toMatch(/<script|<svg|<img|[\u202a-\u202e\u2066-\u2069]/);
    expect(mail.text).not.toMatch(/^Bcc:/m);
    expect(mail.subject).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    for (const body of [mail.text, mail.html]) expect(body).toContain('waits for a decision of yours');
  });
});
