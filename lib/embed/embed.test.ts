import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { buildEmbed } from '../ops/embed.ts';
import { newestVersion } from './index.ts';

const script = await buildEmbed();
const home = 'https://connect.example';
const link = `${home}/connect/wxi_${'0'.repeat(24)}_${'a'.repeat(32)}`;
const other = link.replace(/a+$/, 'b'.repeat(32));

type Told = { type: string } & Record<string, unknown>;
type View = { closed: boolean; focus: () => void; href: string; features: string };

/** As much of a browser as the script touches; time stands still until it is told to pass. */
function browser({ blocked = false, agent = 'Desktop', coarse = false, code = script } = {}) {
  const page = new EventTarget();
  const views: View[] = [];
  const assigned: string[] = [];
  const asked: string[] = [];
  const elements: Record<string, new () => EventTarget & { connectedCallback(): void }> = {};
  const answers: Record<string, unknown> = {};
  const globals: Record<string, unknown> = {
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
    navigator: { userAgent: agent },
    matchMedia: () => ({ matches: coarse }),
    location: { href: 'https://app.example.com/', assign: (href: string) => assigned.push(href) },
    HTMLElement: class extends EventTarget {
      mode: string | null = null;
      getAttribute = () => this.mode;
    },
    customElements: {
      get: (name: string) => elements[name],
      define: (name: string, made: never) => Object.assign(elements, { [name]: made }),
    },
    fetch: async (url: string) => {
      asked.push(url);
      if (!(url in answers)) throw new TypeError('Failed to fetch');
      return { json: async () => answers[url] };
    },
    open: (href: string, _: string, features: string) => {
      if (blocked) return null;
      const view = { closed: false, focus: vi.fn(), href, features };
      views.push(view);
      return view;
    },
    ...{ CustomEvent, URL, Date, setTimeout, clearTimeout, queueMicrotask, TypeError, Object, Math },
  };
  globals['window'] = globals;
  vm.runInNewContext(code, globals);
  const say = (source: unknown, news: unknown, origin = home) =>
    page.dispatchEvent(Object.assign(new Event('message'), { data: { waxseal: news }, source, origin }));
  return {
    ...{ views, assigned, asked, answers, say, elements },
    run: () => vm.runInNewContext(script, globals),
    waxseal: globals['Waxseal'] as {
      open(href: string, how?: { mode?: string; onEvent?: (told: Told) => void }): void;
    },
  };
}

const news = (step: number, type: string, more: object = {}) => ({ invitation_id: 'inv_1', step, type, ...more });
const trouble = (step: number, code: string, stage = 'returned') =>
  news(step, 'error', { code, stage, recoverable: true });
const ending = { outcome: 'sealed', connection_id: 'con_1' };
const finished = news(1_000_000, 'finished', { outcome: 'sealed', connection_id: 'con_1' });
const status = (href: string) => `${href}/status`;

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

/** Opens a pop-up and keeps what the page is told about it. */
function opened(
  page: ReturnType<typeof browser>,
  href = link,
  mode = 'popup',
): { told: Told[]; view: View; types: () => string[] } {
  const told: Told[] = [];
  page.waxseal.open(href, { mode, onEvent: (event) => told.push(event) });
  const view = page.views.at(-1);
  if (!view) throw new Error('no window');
  return { told, view, types: () => told.map(({ type }) => type) };
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the built script', () => {
  test('is the newest that is published; another needs a new version', () => {
    expect(readFileSync(`lib/embed/published/v${newestVersion().version}.js`, 'utf8')).toBe(script);
  });

  test('is at most 2,048 bytes, compressed', () => {
    expect(gzipSync(script, { level: 9 }).length).toBeLessThanOrEqual(2048);
  });

  test('writes no markup or style, evaluates nothing, keeps nothing, and names no wildcard', () => {
    expect(script).not.toMatch(
      /innerHTML|outerHTML|insertAdjacent|document\.|\beval\b|Function\(|import\(|\.style|cookie|Storage|postMessage|["'`]\*["'`]/,
    );
  });

  test('loaded twice it is there once', () => {
    const page = browser();
    const [first] = Object.values(page.elements);
    page.run();
    expect(Object.values(page.elements)).toEqual([first]);
  });
});

describe('what is listened to', () => {
  test('the window that was opened, from the origin of its address, about one invitation', async () => {
    const page = browser();
    const { told, view, types } = opened(page);
    page.say(view, news(1, 'opened'));
    page.say(view, news(2, 'leaving'));
    for (const origin of [
      'https://evil.example',
      'null',
      `${home}.evil.example`,
      'http://connect.example',
      `${home}:8443`,
    ])
      page.say(view, finished, origin);
    for (const source of [null, {}, { closed: false }]) page.say(source, finished);
    page.say(view, { ...finished, invitation_id: 'inv_2' });
    for (const odd of [null, undefined, 1, 'finished', {}, { type: 'finished' }, { step: 'many', type: 'finished' }])
      page.say(view, odd);
    await pass(0);
    expect(types()).toEqual(['opened', 'leaving']);
    page.say(view, news(3, 'returned'));
    page.say(view, finished);
    await pass(0);
    expect(types()).toEqual(['opened', 'leaving', 'returned', 'finished']);
    expect(told.at(-1)).toEqual({
      type: 'finished',
      invitation_id: 'inv_1',
      outcome: 'sealed',
      connection_id: 'con_1',
    });
  });

  test('two buttons hear their own', async () => {
    const page = browser();
    const [first, second] = [opened(page), opened(page, other)];
    page.say(second.view, { ...news(2, 'leaving'), invitation_id: 'inv_2' });
    page.say(first.view, finished);
    await pass(0);
    expect([first.types(), second.types()]).toEqual([
      ['opened', 'leaving', 'returned', 'finished'],
      ['opened', 'leaving'],
    ]);
  });

  test('nothing twice, and nothing after the end', async () => {
    const page = browser();
    const { view, types } = opened(page);
    for (const step of [2, 2, 1]) page.say(view, news(step, 'leaving'));
    page.answers[status(link)] = finished;
    page.say(view, finished);
    await pass(60_000);
    page.say(view, news(2_000_000, 'leaving'));
    await pass(0);
    expect(types()).toEqual(['opened', 'leaving', 'returned', 'finished']);
    expect(page.asked).toEqual([]);
  });

  test('a refusal that can be mended ends nothing; one that cannot does', async () => {
    const page = browser();
    const { view, types } = opened(page);
    page.say(view, trouble(4, 'denied'));
    page.say(view, news(6, 'leaving'));
    page.say(view, { ...news(1_000_000, 'error', { code: 'link_ended', recoverable: false }), invitation_id: null });
    await pass(60_000);
    expect([types(), page.asked]).toEqual([['opened', 'leaving', 'returned', 'error', 'leaving', 'error'], []]);
  });
});

describe('whatever is told', () => {
  test('names the invitation, once it has been heard of', async () => {
    const page = browser();
    const first = opened(page);
    await pass(20_000); // nothing answers
    page.answers[status(link)] = news(1, 'opened');
    await pass(10_000);
    first.view.closed = true;
    await pass(70_000);
    const second = opened(page);
    const [ended, another] = [opened(page, other), { invitation_id: null }];
    page.answers[status(link)] = {
      ...news(1_000_000, 'error', { code: 'link_ended', recoverable: false }),
      ...another,
    };
    page.answers[status(other)] = page.answers[status(link)];
    await pass(1000);
    expect([first, second, ended].map(({ told }) => told.map(({ type, invitation_id: id }) => [type, id]))).toEqual([
      [
        ['opened', undefined],
        ['error', undefined],
        ['closed', 'inv_1'],
      ],
      [
        ['opened', 'inv_1'],
        ['error', 'inv_1'],
      ],
      [
        ['opened', undefined],
        ['error', undefined],
      ],
    ]);
    expect(ended.told.every((event) => event['invitation_id'] !== null)).toBe(true);
  });

  test('says no more than has happened: kept without leaving, stopped without returning, gone once more', async () => {
    const kept = browser();
    const stays = opened(kept);
    kept.say(stays.view, news(40, 'finished', { ...ending, outcome: 'kept' }));
    const stopped = browser();
    const tries = opened(stopped);
    stopped.say(tries.view, trouble(66, 'provider_down', 'leaving'));
    stopped.say(tries.view, news(129, 'returned'));
    stopped.say(tries.view, trouble(131, 'denied'));
    stopped.say(tries.view, news(193, 'returned'));
    await pass(0);
    expect(stays.types()).toEqual(['opened', 'finished']);
    expect(tries.types()).toEqual([...['opened', 'leaving', 'error', 'returned', 'error', 'leaving', 'returned']]);
  });

  test('an obstacle that still stands when it was looked at again is told once', async () => {
    const page = browser();
    const { view, told } = opened(page);
    for (const [step, code] of [
      [67, 'current_missing'],
      [68, 'current_missing'],
      [69, 'wrong_company'],
    ] as const)
      page.say(view, trouble(step, code));
    await pass(0);
    expect(told.filter(({ type }) => type === 'error').map(({ code }) => code)).toEqual([
      ...['current_missing', 'wrong_company'],
    ]);
  });

  test.each(['kept', 'declined'])('what was %s before this press is no news; what comes of it is', async (outcome) => {
    const page = browser();
    page.answers[status(link)] = news(104, 'finished', { ...ending, outcome });
    const { types } = opened(page);
    await pass(10_000);
    expect(types()).toEqual(['opened']);
    page.answers[status(link)] = news(128, 'leaving');
    await pass(5000);
    page.answers[status(link)] = news(168, 'finished', { ...ending, outcome });
    await pass(5000);
    expect(types()).toEqual(['opened', 'leaving', ...(outcome === 'kept' ? [] : ['returned']), 'finished']);
  });
});

describe('an open question', () => {
  const asked = news(65, 'returned', { if_closed: ending });

  test('left open by whoever closes the window: what the window said of it is told, once', async () => {
    const page = browser();
    const { told, view, types } = opened(page);
    page.answers[status(link)] = asked;
    page.say(view, asked);
    await pass(60_000);
    expect(types()).toEqual(['opened', 'leaving', 'returned']);
    expect(told.at(-1)).toEqual({ type: 'returned', invitation_id: 'inv_1' });
    view.closed = true;
    await pass(9000);
    expect(types()).toHaveLength(3);
    await pass(8000);
    page.answers[status(link)] = finished;
    await pass(60_000);
    expect(types()).toEqual(['opened', 'leaving', 'returned', 'finished']);
    expect(told.at(-1)).toEqual({ type: 'finished', invitation_id: 'inv_1', ...ending });
  });

  test('in a window that is cut off is nobody’s no: the record tells', async () => {
    const page = browser();
    const { view, types } = opened(page);
    page.say(view, news(64, 'leaving')); // and then the provider cuts it off
    view.closed = true;
    page.answers[status(link)] = asked;
    await pass(30_000);
    expect(types()).toEqual(['opened', 'leaving', 'returned', 'closed']);
    page.answers[status(link)] = finished;
    await pass(5000);
    expect(types().at(-1)).toBe('finished');
  });

  test('answered by leaving once more is open no longer', async () => {
    const page = browser();
    const { view, types } = opened(page);
    page.say(view, asked);
    page.answers[status(link)] = news(128, 'leaving');
    await pass(1000);
    view.closed = true;
    await pass(20_000);
    expect(types()).toEqual(['opened', 'leaving', 'returned', 'leaving', 'closed']);
  });
});

describe('version 1.0.0, where it stands', () => {
  const code = readFileSync('lib/embed/published/v1.0.0.js', 'utf8');

  test.each([
    ['asked, then done', [news(65, 'returned', { if_closed: ending }), finished], ['leaving', 'returned', 'finished']],
    [
      'stopped, then done',
      [trouble(66, 'provider_down', 'leaving'), finished],
      ['leaving', 'returned', 'error', 'returned', 'finished'],
    ],
    ['mended, then done', [trouble(67, 'wrong_user'), finished], ['leaving', 'returned', 'error', 'finished']],
    [
      'no for good',
      [trouble(67, 'denied'), news(104, 'finished', ending)],
      ['leaving', 'returned', 'error', 'finished'],
    ],
  ])('follows what is told today: %s', async (_, said, types) => {
    const page = browser({ code });
    const heard = opened(page);
    for (const each of said) page.say(heard.view, each);
    await pass(0);
    expect(heard.types()).toEqual(['opened', ...types]);
  });
});

describe('the status, when no message comes', () => {
  test('is asked after 1 s, then at growing distance, every 5 s at most, and not after the end', async () => {
    const page = browser();
    const { types } = opened(page);
    page.answers[status(link)] = news(0, 'waiting');
    const counts: number[] = [];
    for (const span of [999, 1, 1000, 1500, 2250, 3375, 5000, 5000]) {
      await pass(span);
      counts.push(page.asked.length);
    }
    expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    page.answers[status(link)] = finished;
    await pass(5000);
    expect(types()).toEqual(['opened', 'leaving', 'returned', 'finished']);
    const { length } = page.asked;
    await pass(60_000);
    expect(page.asked).toHaveLength(length);
  });

  test('is not asked for longer than half an hour', async () => {
    const page = browser();
    opened(page);
    page.answers[status(link)] = news(0, 'waiting');
    await pass(31 * 60_000);
    const { length } = page.asked;
    await pass(10 * 60_000);
    expect([length > 300, page.asked.length]).toEqual([true, length]);
  });

  test('that cannot be read is told once, as something that may pass', async () => {
    const page = browser();
    const { told } = opened(page);
    await pass(60_000);
    expect(told.filter(({ type }) => type === 'error')).toEqual([
      expect.objectContaining({ code: 'unreachable', stage: 'opened', recoverable: true }),
    ]);
    page.answers[status(link)] = finished;
    await pass(5000);
    expect(told.at(-1)?.type).toBe('finished');
  });

  test('goes on when the callback of the page throws', async () => {
    const page = browser();
    const seen: string[] = [];
    const caught: unknown[] = [];
    const keep = (error: unknown) => caught.push(error);
    process.prependOnceListener('uncaughtException', keep);
    const listeners = process.listeners('uncaughtException').filter((listener) => listener !== keep);
    for (const listener of listeners) process.off('uncaughtException', listener);
    page.waxseal.open(link, {
      mode: 'popup',
      onEvent: ({ type }) => {
        seen.push(type);
        if (type === 'leaving') throw new Error('of the page');
      },
    });
    page.answers[status(link)] = news(2, 'leaving');
    await pass(1000);
    page.answers[status(link)] = finished;
    await pass(5000);
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(seen).toEqual(['opened', 'leaving', 'returned', 'finished']);
    expect(caught).toHaveLength(1);
  });
});

describe('a closed window', () => {
  test('is told ten seconds later, with the stage, never as an error, and the end may still come', async () => {
    const page = browser();
    const { told, view, types } = opened(page);
    page.answers[status(link)] = news(2, 'leaving');
    page.say(view, news(2, 'leaving'));
    view.closed = true;
    await pass(9000);
    expect(types()).toEqual(['opened', 'leaving']);
    await pass(8000);
    expect(told.at(-1)).toEqual({ type: 'closed', stage: 'leaving', invitation_id: 'inv_1' });
    page.answers[status(link)] = finished;
    await pass(60_000);
    expect(types()).toEqual(['opened', 'leaving', 'closed', 'returned', 'finished']);
  });

  test('that never spoke may only be cut off: it gets a minute', async () => {
    const page = browser();
    const { view, types } = opened(page);
    page.answers[status(link)] = news(0, 'waiting');
    view.closed = true;
    await pass(50_000);
    expect(types()).toEqual(['opened']);
    await pass(20_000);
    expect(types()).toEqual(['opened', 'closed']);
  });

  test('a press comes back to an open window, and opens a new one in place of a closed one', async () => {
    const page = browser();
    const { view } = opened(page);
    page.waxseal.open(link, { mode: 'popup' });
    expect([page.views.length, vi.mocked(view.focus).mock.calls.length]).toEqual([1, 1]);
    view.closed = true;
    page.waxseal.open(link, { mode: 'popup' });
    expect(page.views).toHaveLength(2);
    page.say(view, finished); // the first one is followed no more
    page.answers[status(link)] = finished;
    await pass(1000);
    expect(page.asked).toHaveLength(1);
  });
});

describe('where it opens', () => {
  test('a pop-up has a size, a new tab has none', () => {
    const page = browser();
    expect(opened(page).view.features).toMatch(/^popup,width=\d+,height=\d+$/);
    expect(opened(page, other, 'new-tab').view.features).toBe('');
    expect(page.assigned).toEqual([]);
  });

  test.each([
    ['a blocked pop-up', { blocked: true }, 'popup'],
    ['a phone', { agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148' }, 'popup'],
    ['a web-view', { agent: 'Mozilla/5.0 (Linux; Android 15; wv) Version/4.0 Chrome/130' }, 'new-tab'],
    ['a tablet that calls itself a desktop', { coarse: true }, 'popup'],
    ['the same tab', {}, 'same-tab'],
  ])('%s: the same tab', async (_, kind, mode) => {
    const page = browser(kind);
    const told: Told[] = [];
    page.waxseal.open(link, { mode, onEvent: (event) => told.push(event) });
    await pass(60_000);
    expect([page.views, page.assigned, page.asked]).toEqual([[], [link], []]);
    expect(told).toEqual([{ type: 'opened', mode: 'same-tab' }]);
  });

  test.each([
    'javascript:alert(1)',
    'https://connect.example/',
    `${home}/connect/wxa_1`,
    'data:text/html,x',
    `${link}/go`,
    '/docs',
  ])('only an invitation: %s is refused', (address) => {
    const page = browser();
    expect(() => page.waxseal.open(address)).toThrow('not the address of an invitation');
    expect([page.views, page.assigned]).toEqual([[], []]);
  });
});

describe('the element', () => {
  function pressed(page: ReturnType<typeof browser>, mode: string | null, press: object = {}, href = link) {
    const Element = page.elements['waxseal-connect'];
    if (!Element) throw new Error('not defined');
    const element = Object.assign(new Element(), { mode });
    const types: string[] = [];
    for (const type of ['ready', 'opened', 'leaving', 'returned', 'finished'])
      element.addEventListener(type, (event) => types.push(event.type));
    element.connectedCallback();
    const click = Object.assign(new Event('click', { cancelable: true }), { button: 0, ...press });
    Object.defineProperty(click, 'target', { value: { closest: () => (href ? { href } : null) } });
    element.dispatchEvent(click);
    return { types, click };
  }

  test('opens a window in place of its link, and tells as it goes', async () => {
    const page = browser();
    const { types, click } = pressed(page, 'popup');
    page.say(page.views[0], finished);
    await pass(0);
    expect([click.defaultPrevented, types]).toEqual([true, ['opened', 'leaving', 'returned', 'finished', 'ready']]);
  });

  test.each([
    ['without a mode', null, {}, link],
    ['in the same tab', 'same-tab', {}, link],
    ['with a mode nobody knows', 'modal', {}, link],
    ['pressed for a new tab', 'popup', { ctrlKey: true }, link],
    ['pressed for a new tab on a Mac', 'popup', { metaKey: true }, link],
    ['pressed for a new window', 'popup', { shiftKey: true }, link],
    ['pressed with the middle button', 'popup', { button: 1 }, link],
    ['another link in it', 'popup', {}, 'https://app.example.com/help'],
    ['a link that is none', 'popup', {}, 'javascript:void(0)'],
    ['beside its link', 'popup', {}, ''],
  ])('%s the link stays a link', (_, mode, press, href) => {
    const page = browser();
    const { click } = pressed(page, mode, press, href);
    expect([click.defaultPrevented, page.views, page.assigned]).toEqual([false, [], []]);
  });
});
