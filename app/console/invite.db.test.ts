import type { Page } from '@playwright/test';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { hostileNames, sampleTokens } from '#components/customer/samples.tsx';
import { formatDateTime, messages } from '#lib/i18n/index.ts';
import { days, plus } from '#lib/kernel/clock.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { changeBrand, keepLogo, type RegistrationView } from '#lib/tenancy/index.ts';
import { axeFaults, bringAxe } from '#lib/testing/accessible.ts';
import { browserPage } from '#lib/testing/browser.ts';
import { tablesWith } from '#lib/testing/canaries.ts';
import { jar } from '#lib/testing/jar.ts';
import { type Letters, letterbox } from '#lib/testing/letters.ts';
import { signedInMember, submit } from '#lib/testing/member.ts';
import { aPicture } from '#lib/testing/picture.ts';
import { aPartner, aRegistration, type World, world } from '#lib/testing/world.ts';
import { POST as preview } from './invite/preview/route.tsx';
import { POST as send } from './invite/send/route.ts';

vi.mock('next/headers', async () => ({ cookies: (await import('#lib/testing/jar.ts')).cookiesOfJar }));
vi.mock('next/navigation', () => ({ redirect: () => {} }));

let house: World;
let letters: Letters;
let screen: Page;
let ctx: Ctx;
let registration: RegistrationView;
beforeAll(async () => {
  house = await world();
  letters = letterbox(house);
  screen = await browserPage();
}, 300_000);
beforeEach(async () => {
  jar.clear();
  ctx = await aPartner();
  registration = await aRegistration(ctx);
  await signedInMember(house, ctx);
});
afterAll(async () => {
  letters.close();
  await screen.context().browser()?.close();
  await house.close();
});

let count = 0;
const aForm = (more: Record<string, string> = {}) => {
  count += 1;
  return {
    ...{ back: '/console/invite', name: `Molenaar ${count}`, email: `molenaar-${count}@example.test` },
    ...{ client_registration_id: registration.id, channel: 'mail', locale: 'nl', remind: 'on' },
    ...more,
  };
};
const refusalOf = (answer: Response) => {
  expect(answer.status).toBe(303);
  return new URL(answer.headers.get('location') ?? '', 'http://localhost').searchParams;
};
const invitationsOf = async () =>
  (await house.admin.query('SELECT * FROM invitation WHERE partner_id = $1', [ctx.partnerId])).rows;
const draw = async (more: Record<string, string> = {}) => {
  const answer = await submit(preview, {}, aForm(more));
  expect(answer.status).toBe(200);
  return answer.text();
};

/** What stands on the drawn page: its facts, and the texts of the boxes on it. */
async function readIn(html: string) {
  await screen.setContent(html);
  return screen.evaluate(() => ({
    facts: Object.fromEntries(
      [...document.querySelectorAll('dt')].map((name) => [name.textContent, name.nextElementSibling?.textContent]),
    ),
    boxes: [...document.querySelectorAll('.phone')].map((box) =>
      [...(box.shadowRoot?.children ?? [])]
        .filter((each): each is HTMLDivElement => each instanceof HTMLDivElement)
        .map((each) => each.innerText)
        .join(' '),
    ),
    titles: [...document.querySelectorAll('h2')].map((title) => title.textContent),
  }));
}

describe('the preview of an invitation', () => {
  test('shows the mail that would be sent and the page it leads to, as typed', async () => {
    const form = { name: 'Bakkerij De Halm', email: 'administratie@halm.example', days: '10', division: '4711' };
    const { facts, boxes, titles } = await readIn(await draw(form));
    expect(titles).toEqual(['The mail', 'The page it leads to']);
    const until = plus(ctx.clock.now(), days(10));
    expect(facts).toMatchObject({
      ...{ To: form.email, Language: 'Nederlands', Reminders: 'while they have not finished' },
      ...{ 'Works until': formatDateTime(until, 'en'), Expected: 'administration 4711', 'Exact Online': 'Netherlands' },
    });
    const [mail = '', page = ''] = boxes;
    for (const box of boxes) expect(box).toContain('Bakkerij De Halm');
    expect(mail).toContain(messages.nl.mail.greeting);
    expect(mail).toContain(formatDateTime(until, 'nl'));
    expect(mail).toContain('Ann'); // who invites
    expect(page).toContain(messages.nl.welcome.continue);
    expect(page).toContain(messages.nl.page.demo);
  });

  test('is what then arrives', async () => {
    const form = aForm({ name: 'Bakkerij De Aar', locale: 'de', days: '3' });
    const { facts, boxes } = await readIn(await (await submit(preview, {}, form)).text());
    expect((await submit(send, {}, form)).headers.get('location')).toMatch(/invited=inv_/);
    await letters.deliver();
    const [sent] = letters.to(form.email);
    expect(facts['Subject']).toBe(sent?.subject);
    const lines = (text: string) => text.replace(/http\S*/g, '').split(/\s+/);
    const words = new Set(lines(boxes[0] ?? ''));
    expect(lines(sent?.text ?? '').filter((word) => /^\p{L}{4,}$/u.test(word) && !words.has(word))).toEqual([]);
  });

  test('stores nothing and sends nothing', async () => {
    const mark = `Nergens ${crypto.randomUUID()}`;
    await draw({ name: mark, email: `${mark.slice(-12)}@example.test`, external_id: mark.slice(-8) });
    await letters.deliver();
    expect(await tablesWith(house.admin, [mark])).toEqual([]);
    expect(await invitationsOf()).toEqual([]);
    expect(letters.to(`${mark.slice(-12)}@example.test`)).toEqual([]);
  });

  test('of a link to pass on has no mail', async () => {
    const { facts, titles } = await readIn(await draw({ channel: 'redirect', email: '', days: '21' }));
    expect(titles).toEqual(['The page it leads to']);
    expect(facts).toMatchObject({ To: 'you, as a link to pass on' });
    expect(facts['Works until']).toBe(formatDateTime(plus(ctx.clock.now(), days(1 / 6)), 'en'));
    expect(facts).not.toHaveProperty('Subject');
  });

  test('left to itself speaks the language of the country, or the one the customer is known by', async () => {
    expect((await readIn(await draw({ locale: '' }))).facts['Language']).toBe(
      'Nederlands; the page follows their browser',
    );
    await submit(send, {}, aForm({ external_id: 'K-1', locale: 'fr' }));
    const { facts, boxes } = await readIn(await draw({ external_id: 'K-1', locale: '' }));
    expect(facts['Language']).toBe('Français');
    expect(boxes[0]).toContain(messages.fr.mail.greeting);
  });

  test('wears the partner’s brand, logo and sender too', async () => {
    const { path } = await keepLogo(ctx, await aPicture());
    await changeBrand(ctx, { ...sampleTokens, logoUrl: path, senderName: 'Anneke van Vermeer' });
    const html = await draw();
    expect((await readIn(html)).facts['From']).toBe('Anneke van Vermeer');
    expect(html).toMatch(/<img[^>]* data-s="\d+"/); // the mail’s, whose styles are numbered
    expect(html.match(/<img[^>]*>/g)?.filter((each) => !each.includes(`src="${path}"`))).toEqual([]);
    expect(html).toContain(sampleTokens.purpose.nl);
  });

  test.each([
    [{ name: '' }, /Give the name/],
    [{ email: '' }, /give an e-mail address/],
    [{ email: 'nobody' }, /./],
    [{ name: 'gnp\u202egnp' }, /./],
    [{ client_registration_id: 'clr_x' }, /./],
    [{ days: '22' }, /1 to 21 days/],
  ])('what cannot be sent cannot be looked at: %j', async (more, sentence) => {
    const back = refusalOf(await submit(preview, {}, aForm(more)));
    expect(back.get('error')).toMatch(sentence);
    expect(back.get('f_channel')).toBe('mail');
  });

  test('of another partner’s registration there is none', async () => {
    const theirs = await aRegistration(await aPartner());
    const back = refusalOf(await submit(preview, {}, aForm({ client_registration_id: theirs.id })));
    expect(back.get('error')).toBe(
      refusalOf(await submit(preview, {}, aForm({ client_registration_id: 'clr_x' }))).get('error'),
    );
  });

  test('is for whoever may invite, from our own page', async () => {
    const { member } = await signedInMember(house, ctx);
    await house.admin.query("UPDATE member SET role = 'auditor' WHERE id = $1", [member.id]);
    expect(refusalOf(await submit(preview, {}, aForm())).get('error')).toBe('Your role does not allow this.');
    jar.clear();
    const body = new URLSearchParams(aForm());
    const request = new Request('http://localhost:3999/console/x', { method: 'POST', body });
    const away = await preview(request, { params: Promise.resolve({}) });
    expect(away.headers.get('location')).toBe('/sign-in');
  });

  test('names of any kind are text (E-8)', async () => {
    const answer = await submit(preview, {}, aForm({ name: '"><svg onload=alert(1)>' }));
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/script-src|unsafe/);
    for (const name of hostileNames.filter((each) => each.trim() && each.length <= 200)) {
      const drawn = await submit(preview, {}, aForm({ name }));
      if (drawn.status === 303) continue; // refused in the first place
      const markup = (await drawn.text()).replace(/<style[^>]*>[\s\S]*?<\/style>/g, '');
      for (const tag of markup.match(/<[a-z][^>]*>/gi) ?? [])
        expect(/^<(?:script|iframe|object|base|svg onload)| on\w+=|javascript:/i.test(tag) ? tag : 'harmless').toBe(
          'harmless',
        );
    }
  });

  test('can be read on a phone and on a desk, by whoever listens too', { timeout: 60_000 }, async () => {
    const html = await draw({ name: `Handelsonderneming ${'x'.repeat(150)}`, exact_user: 'p.jansen@halm.example' });
    for (const width of [320, 390, 1280])
      for (const colorScheme of ['light', 'dark'] as const) {
        await screen.setViewportSize({ width, height: 900 });
        await screen.emulateMedia({ colorScheme });
        await screen.setContent(html);
        await bringAxe(screen);
        expect(await axeFaults(screen)).toEqual([]);
        expect(
          await screen.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        ).toBeLessThanOrEqual(0);
      }
  });
});

describe('how long the link of a mail works', () => {
  const spanOf = async (more: Record<string, string>) => {
    await submit(send, {}, aForm(more));
    const { created_at, expires_at } = (await invitationsOf()).at(-1);
    return (expires_at - created_at) / 86_400_000;
  };

  test.each([
    ['1', 1],
    ['21', 21],
    ['', 7],
  ])('%s days typed', async (typed, span) => {
    expect(await spanOf({ days: typed })).toBe(span);
  });

  test('a link to pass on keeps its four hours', async () => {
    expect(await spanOf({ channel: 'redirect', days: '21' })).toBe(4 / 24);
  });

  test.each(['0', '22', '-1', '1.5', 'x', '1e1', '99999'])(
    '%s days are refused, and nothing is asked',
    async (typed) => {
      expect(refusalOf(await submit(send, {}, aForm({ days: typed }))).get('error')).toBe(
        'A link by e-mail works for 1 to 21 days.',
      );
      expect(await invitationsOf()).toEqual([]);
    },
  );
});
