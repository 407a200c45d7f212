import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { hostileNames } from '#components/customer/samples.tsx';
import { storedTokens } from '#lib/branding/index.ts';
import { inTenant } from '#lib/db/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { csrfOf, currentMember, type Session } from '#lib/session/index.ts';
import { brandStamp, changeBrand, keepLogo, listLogos, readPartner } from '#lib/tenancy/index.ts';
import { jar } from '#lib/testing/jar.ts';
import { signedInMember } from '#lib/testing/member.ts';
import { aPicture } from '#lib/testing/picture.ts';
import { plainTheme } from '#lib/testing/theme.ts';
import { aPartner, type World, world } from '#lib/testing/world.ts';
import { GET as serve } from '../brand/[partner]/[file]/route.ts';
import { fieldsFrom, packed, readFields, typedOver, unpacked } from './_parts/brand.ts';
import { POST as live } from './brand/live/route.ts';
import { GET as look, POST as preview } from './brand/preview/route.tsx';
import { POST as remove } from './brand/remove-logo/route.ts';
import { POST as save } from './brand/save/route.ts';
import { POST as take } from './brand/take/route.ts';
import { POST as upload } from './brand/upload/route.ts';

vi.mock('next/headers', async () => ({ cookies: (await import('#lib/testing/jar.ts')).cookiesOfJar }));
vi.mock('next/navigation', () => ({ redirect: () => {} }));

let house: World;
beforeAll(async () => {
  house = await world();
});
beforeEach(() => jar.clear());
afterAll(() => house.close());

const fields = {
  display_name: 'Korenaar',
  accent: '#0f5f56',
  radius: 'soft',
  font: 'system',
  logo: '',
  logo_dark: '',
  support_email: 'help@korenaar.example',
};

type Post = (request: Request, route: { params: Promise<Record<string, string>> }) => Promise<Response>;
type Part = [name: string, value: string | Blob, fileName?: string];

async function aSession(ctx: Ctx): Promise<Session> {
  return signedInMember(house, ctx);
}

/** Posts a form with files, as a browser does that has just opened it. */
async function send(post: Post, parts: Part[], headers: Record<string, string> = {}): Promise<Response> {
  const member = await currentMember();
  const body = new FormData();
  if (member) body.append('csrf', csrfOf(member));
  if (member && !parts.some(([name]) => name === typedOver))
    body.append(typedOver, brandStamp(await themeOf(member.ctx)));
  for (const [name, value, fileName] of parts)
    if (typeof value === 'string') body.append(name, value);
    else body.append(name, value, fileName);
  const request = new Request('http://localhost:3999/console/brand/x', { method: 'POST', body, headers });
  return post(request, { params: Promise.resolve({}) });
}
const texts = (more: Record<string, string> = {}): Part[] => Object.entries({ ...fields, ...more });
const file = (bytes: Uint8Array, name = 'logo.png', type = 'image/png'): Part => [
  'logo_file',
  new Blob([new Uint8Array(bytes)], { type }),
  name,
];
const told = (answer: Response) => {
  expect(answer.status).toBe(303);
  return new URL(answer.headers.get('location') ?? '', 'http://localhost').searchParams;
};
const themeOf = async (ctx: Ctx) => storedTokens((await inTenant(ctx.partnerId, (tx) => readPartner(tx, ctx))).theme);

describe('saving', () => {
  test('what was typed is how customers see it from now on', async () => {
    const ctx = await aPartner();
    await aSession(ctx);
    const typed = { accent: ' #FFE600 ', done_nl: 'Klaar.\r\nTot morgen.', privacy_url: 'https://korenaar.example' };
    expect(told(await send(save, texts(typed))).get('done')).toBe('saved');
    expect(await themeOf(ctx)).toMatchObject({
      accent: '#ffe600',
      doneWords: { nl: 'Klaar. Tot morgen.' },
      privacyUrl: 'https://korenaar.example/',
      termsUrl: null,
    });
    expect(told(await send(save, texts(typed))).get('done')).toBe('same');
  });

  test('a picture that was chosen goes along, and stands there afterwards', async () => {
    const ctx = await aPartner();
    await aSession(ctx);
    expect(told(await send(save, [...texts(), file(await aPicture())])).get('done')).toBe('saved');
    const [logo] = await listLogos(ctx);
    expect((await themeOf(ctx))?.logoUrl).toBe(logo?.path);
  });

  test('what somebody else saved meanwhile is not overwritten unseen, whatever was uploaded on the way', async () => {
    const ctx = await aPartner();
    await aSession(ctx);
    const seen = { [typedOver]: brandStamp(await themeOf(ctx)) };
    await changeBrand(ctx, plainTheme);
    const uploaded = told(await send(upload, [...texts(seen), file(await aPicture())]));
    const typed: Record<string, string> = { ...unpacked(uploaded.get('typed')), accent: '#7a3ea1' };
    expect(typed).toMatchObject(seen);
    const back = told(await send(save, Object.entries(typed)));
    expect(back.get('error')).toContain('Somebody else saved the brand');
    expect(await themeOf(ctx)).toMatchObject({ accent: '#0f5f56', logoUrl: null });
    const again = { ...unpacked(back.get('typed')) };
    expect(again).toMatchObject({ accent: '#7a3ea1', logo: typed['logo'], [typedOver]: '' });
    delete again[typedOver]; // the page it comes back to has the stamp of now
    expect(told(await send(save, Object.entries(again))).get('done')).toBe('saved');
    expect(await themeOf(ctx)).toMatchObject({ accent: '#7a3ea1' });
  });

  test('what is refused changes nothing, is said, and stays typed', async () => {
    const ctx = await aPartner();
    await aSession(ctx);
    const typed = {
      support_url: 'https://good.example@evil.example',
      reply_to: 'a@b.example\r\nBcc: c@d.example',
      done_de: 'ü'.repeat(300),
    };
    const back = told(await send(save, texts(typed)));
    expect(back.get('error')).toContain('Nothing was changed');
    expect(unpacked(back.get('typed'))).toMatchObject({ ...fields, ...typed });
    expect(await themeOf(ctx)).toBeNull();
  });

  test('a logo that is not one of the partner’s own is refused', async () => {
    const theirs = await keepLogo(await aPartner(), await aPicture());
    await aSession(await aPartner());
    for (const logo of [
      theirs.path,
      'https://evil.example/x.png',
      '//evil.example/x.png',
      'data:image/png;base64,AAAA',
    ])
      expect(told(await send(save, texts({ logo }))).has('error')).toBe(true);
  });
});

describe('uploading (E-9)', () => {
  test('names and declared types say nothing: what it is decides', async () => {
    const ctx = await aPartner();
    await aSession(ctx);
    const picture = await aPicture();
    for (const [name, type] of [
      ['../../../etc/passwd', 'image/png'],
      ['logo.png.exe', 'application/x-msdownload'],
      ['logo.svg', 'image/svg+xml'],
      ['x'.repeat(5000), 'text/html'],
      ['a"\r\nSet-Cookie: x=y', 'image/gif'],
    ] as const) {
      const back = told(await send(upload, [...texts(), file(picture, name, type)]));
      expect([name.slice(0, 20), back.get('done')]).toEqual([name.slice(0, 20), 'uploaded']);
      expect(unpacked(back.get('typed'))?.['logo']).toMatch(/^\/brand\/ptn_\w+\/[0-9a-f]{16}\.png$/);
    }
    expect(await listLogos(ctx)).toHaveLength(1);
    expect(await themeOf(ctx)).toBeNull();
  });

  test.each<[string, () => Promise<Part[]> | Part[], RegExp]>([
    [
      'an SVG that says it is a PNG',
      () => [file(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'))],
      /not a PNG, JPEG or WebP/,
    ],
    ['no file', () => [['logo_file', new Blob([]), '']], /Choose a file first/],
    ['no field for a file', () => [], /Choose a file first/],
    ['a text where a file belongs', () => [['logo_file', 'hello']], /Choose a file first/],
    ['two files', async () => [file(await aPicture()), file(await aPicture())], /one file at a time/],
    [
      'a file under another name',
      async () => [['display_name', new Blob([new Uint8Array(await aPicture())]), 'x.png']],
      /cannot be read/,
    ],
    ['0 bytes', () => [file(Buffer.alloc(0))], /This file is empty/],
    ['2 MB', () => [file(Buffer.alloc(2 * 1024 * 1024, 1))], /at most 512 kB/],
  ])('%s is refused beside the field, with what was typed kept', async (_, parts, sentence) => {
    const ctx = await aPartner();
    await aSession(ctx);
    const back = told(await send(upload, [...texts({ sender_name: 'Typed before' }), ...(await parts())]));
    expect(back.get('logo_file')).toMatch(sentence);
    expect(unpacked(back.get('typed'))?.['sender_name']).toBe('Typed before');
    expect(await listLogos(ctx)).toEqual([]);
  });

  test('10 MB are not read at all', async () => {
    const ctx = await aPartner();
    await aSession(ctx);
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(64 * 1024));
        if (pulled === 160) controller.close();
      },
    });
    const request = new Request('http://localhost:3999/console/brand/upload', {
      method: 'POST',
      body,
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      duplex: 'half',
    } as RequestInit);
    const back = told(await upload(request, { params: Promise.resolve({}) }));
    expect(back.get('error')).toMatch(/larger than 3072 kB/);
    expect(pulled).toBeLessThan(60);
  });

  test('a form that breaks off is no fault of ours', async () => {
    await aSession(await aPartner());
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new Error('ECONNRESET'));
      },
    });
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
    const broken = new Request('http://localhost:3999/console/brand/upload', init);
    expect(told(await upload(broken, { params: Promise.resolve({}) })).get('error')).toBe('The request broke off.');
  });

  test.each([
    ['multipart/form-data', 'no boundary'],
    ['multipart/form-data; boundary=x', 'not a part'],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n'],
    ['application/x-www-form-urlencoded', 'csrf=x'],
    ['text/plain', 'x'],
  ])('what is no form with files (%s) is refused', async (type, body) => {
    await aSession(await aPartner());
    const request = new Request('http://localhost:3999/console/brand/upload', {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    });
    expect(told(await upload(request, { params: Promise.resolve({}) })).has('error')).toBe(true);
  });

  test('five thousand fields are refused', async () => {
    await aSession(await aPartner());
    const many: Part[] = Array.from({ length: 5000 }, (_, at) => [`f${at}`, 'x']);
    expect(told(await send(upload, many)).get('error')).toMatch(/too many fields/);
  });
});

describe('who may', () => {
  const posts: [string, Post][] = [
    ['save', save],
    ['upload', upload],
    ['remove-logo', remove],
    ['preview', preview],
  ];

  test.each(posts)(
    'nobody changes anything by %s from another site, or without this session’s token',
    async (_, post) => {
      const ctx = await aPartner();
      await aSession(ctx);
      const picture = file(await aPicture());
      for (const headers of [
        { origin: 'https://evil.example' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ])
        expect(told(await send(post, [...texts(), picture], headers)).get('error')).toMatch(
          /not sent from our own page/,
        );
      const body = new FormData();
      for (const [name, value] of Object.entries({ ...fields, csrf: 'x' })) body.append(name, value);
      const bare = new Request('http://localhost:3999/console/brand/x', { method: 'POST', body });
      expect(told(await post(bare, { params: Promise.resolve({}) })).get('error')).toMatch(
        /not sent from our own page/,
      );
      expect([await themeOf(ctx), await listLogos(ctx)]).toEqual([null, []]);
    },
  );

  test.each(['staff', 'auditor'] as const)('%s look, and change nothing', async (role) => {
    const ctx = await aPartner();
    const { member } = await aSession(ctx);
    await house.admin.query('UPDATE member SET role = $1 WHERE partner_id = $2 AND id = $3', [
      role,
      ctx.partnerId,
      member.id,
    ]);
    for (const [, post] of posts)
      expect(told(await send(post, [...texts(), file(await aPicture())])).get('error')).toBe(
        'Your role does not allow this.',
      );
    expect((await askLive({ fields: {}, part: 'welcome', language: 'en' })).status).toBe(409);
    expect((await look(new Request('http://localhost:3999/console/brand/preview'))).status).toBe(200);
    expect([await themeOf(ctx), await listLogos(ctx)]).toEqual([null, []]);
  });

  test('whoever is not signed in is led to the sign-in page', async () => {
    for (const [, post] of posts) expect((await send(post, texts())).headers.get('location')).toBe('/sign-in');
    expect((await look(new Request('http://localhost:3999/console/brand/preview'))).headers.get('location')).toBe(
      '/sign-in',
    );
  });
});

test('the sandbox’s brand becomes the live one at a press, logos and all', async () => {
  const twin = await aPartner();
  const logo = await keepLogo(twin, await aPicture());
  await changeBrand(twin, { ...storedTokens({ ...plainTheme, displayName: 'Tried out' }), logoUrl: logo.path });
  const { rows } = await house.admin.query('SELECT sandbox_of FROM partner WHERE partner_id = $1', [twin.partnerId]);
  const liveCtx = { ...twin, partnerId: rows[0].sandbox_of as string, sandbox: false };
  await aSession(liveCtx);
  const member = await currentMember();
  if (!member) throw new Error('nobody');
  const body = new URLSearchParams({ csrf: csrfOf(member) });
  const request = new Request('http://localhost:3999/console/brand/take', { method: 'POST', body });
  expect(told(await take(request, { params: Promise.resolve({}) })).get('done')).toBe('taken');
  expect(await themeOf(liveCtx)).toMatchObject({
    displayName: 'Tried out',
    logoUrl: `/brand/${liveCtx.partnerId}/${logo.id}.png`,
  });
});

/** E-8, on every field of the form: refused, or text wherever it stands. */
describe('hostile texts', () => {
  const payloads = [
    ...hostileNames,
    '{{constructor.constructor("alert(1)")()}}',
    '<template shadowrootmode="open">',
    '--></style></template><script>alert(1)</script>',
    '"><style>*{display:none}</style>',
    '\u2066x',
    "';}</style><img src=x onerror=alert(1)>",
  ];
  const names = Object.keys(fieldsFrom(new URLSearchParams()));

  function expectHarmless(html: string): void {
    const markup = html.replace(/<style[^>]*>[\s\S]*?<\/style>/g, '');
    for (const tag of markup.match(/<[a-z][^>]*>/gi) ?? [])
      expect(
        /^<(?:script|iframe|img|object|base)| on\w+=|javascript:|data:|vbscript:/i.test(tag) ? tag : 'harmless',
      ).toBe('harmless');
    for (const [, css = ''] of html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g))
      expect(/url\(|expression|@import|<|javascript/i.exec(css)?.[0]).toBeUndefined();
    expect(/[\u202a-\u202e\u2066-\u2069]/.test(html)).toBe(false);
  }

  test.each(payloads)('%j: in every field, in the preview of what is typed, page by page and mail', async (payload) => {
    await aSession(await aPartner());
    const answer = await send(preview, Object.entries(Object.fromEntries(names.map((name) => [name, payload]))));
    expect(answer.status).toBe(200);
    const html = await answer.text();
    const hidden = html.match(/<input type="hidden"[^>]*>/g) ?? [];
    for (const tag of hidden) expect(/^<input type="hidden" name="\w+" value="[^"<>]*"\/>$/.test(tag)).toBe(true);
    expect(hidden.length).toBeGreaterThan(names.length);
    expectHarmless(html.replace(/<input type="hidden"[^>]*>/g, ''));
  });

  test('saved in every place that takes words, and read by a customer', async () => {
    const ctx = await aPartner();
    await aSession(ctx);
    const wordy = names.filter((name) => /^(display_name|purpose|before|done)/.test(name));
    for (const payload of payloads) {
      const short = payload.slice(0, 80);
      const all = texts(Object.fromEntries(wordy.map((name) => [name, short])));
      if (told(await send(save, all)).get('done') !== 'saved') continue;
      expect(await themeOf(ctx)).toMatchObject({ displayName: short.trim(), doneWords: { nl: short.trim() } });
      expectHarmless(await (await look(new Request('http://localhost:3999/console/brand/preview?language=nl'))).text());
    }
  });

  /** A field that holds anything but words takes none of these. */
  test.each(names.filter((name) => !/^(display_name|purpose|before|done|sender_name|typed_over)/.test(name)))(
    '%s refuses all of them',
    (name) => {
      for (const payload of payloads.filter((text) => text.trim() !== ''))
        expect([
          payload,
          Object.keys(
            readFields({ ...fieldsFrom(new URLSearchParams(fields)), logo: anyLogo, [name]: payload }).faults,
          ),
        ]).toEqual([payload, [name]]);
    },
  );
});

const anyLogo = '/brand/ptn_000000000000000000000000/0123456789abcdef.png';

describe('a picture’s address', () => {
  const at = (partner: string, name: string) =>
    serve(new Request('http://localhost:3999/brand'), { params: Promise.resolve({ partner, file: name }) });

  test('gives the picture, for good, as nothing but a picture', async () => {
    const ctx = await aPartner();
    const { id } = await keepLogo(ctx, await aPicture());
    const answer = await at(ctx.partnerId, `${id}.png`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': 'inline',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(
      Buffer.from(await answer.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  test('is the same page of nothing for everything else, and nobody keeps that', async () => {
    const [ctx, other] = [await aPartner(), await aPartner()];
    const { id } = await keepLogo(ctx, await aPicture());
    const bodies = new Set<string>();
    for (const [partner, name] of [
      [other.partnerId, `${id}.png`],
      [ctx.partnerId, `${id}.webp`],
      [ctx.partnerId, `${id}.svg`],
      [ctx.partnerId, '../../etc/passwd'],
      [ctx.partnerId, `${id}.png%00`],
      ['ptn_x', `${id}.png`],
      ["ptn_' OR 1=1", `${id}.png`],
    ] as const) {
      const answer = await at(partner, name);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
      bodies.add(await answer.text());
    }
    expect(bodies.size).toBe(1);
  });
});

describe('what was typed, in an address', () => {
  test('comes back as it was, whatever it was', () => {
    const all = fieldsFrom(
      new URLSearchParams(Object.entries({ ...fields, before_fr: '«é\u{1f600}»', support_url: 'x&y=z#%' })),
    );
    expect(unpacked(packed(all))).toEqual(all);
  });

  test('stays short enough for every server, at the price of the words', () => {
    const noise = () =>
      Array.from({ length: 400 }, () => String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000))).join('');
    const all = Object.fromEntries(Object.keys(fieldsFrom(new URLSearchParams())).map((name) => [name, noise()]));
    const address = packed({ ...all, display_name: 'Korenaar' });
    expect(address.length).toBeLessThan(9_000);
    expect(unpacked(address)?.['display_name']).toBe('Korenaar');
  });

  test.each(['', 'x', '!!!!', 'A'.repeat(9000), Buffer.from('{}').toString('base64url')])(
    '%# is nothing when it is not ours',
    (text) => {
      expect(unpacked(text)).toBeNull();
    },
  );

  test('what unpacks to far more than a form is not unpacked', () => {
    expect(unpacked(packed({ display_name: 'x' }))).not.toBeNull();
    const bomb = packed({ display_name: 'x'.repeat(1_000_000) });
    expect(bomb.length).toBeLessThan(8_000);
    expect(unpacked(bomb)).toBeNull();
  });
});

async function askLive(body: object): Promise<Response> {
  const member = await currentMember();
  if (!member) throw new Error('nobody is signed in');
  const headers = { 'x-csrf': csrfOf(member), 'content-type': 'application/json' };
  const request = new Request('http://localhost:3999/console/brand/live', {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return live(request, { params: Promise.resolve({}) });
}

test('the preview beside the form draws what is typed, in both schemes, and says what it cannot', async () => {
  await aSession(await aPartner());
  const answer = await askLive({
    fields: { ...fields, accent: '#ffe600', support_url: 'x' },
    part: 'mail',
    language: 'nl',
  });
  const { frames, faults } = (await answer.json()) as {
    frames: { scheme: string; css: string; html: string }[];
    faults: object;
  };
  expect(frames.map(({ scheme }) => scheme)).toEqual(['light', 'dark']);
  expect(frames[0]?.css).toContain('#ffe600');
  expect(frames[0]?.html).not.toMatch(/ style=/);
  expect(Object.keys(faults)).toEqual(['support_url']);
  for (const odd of [{}, { fields: 5 }, { fields: { a: 1 }, part: 'x', language: 'y' }])
    expect((await askLive(odd)).status).toBe(409);
});
