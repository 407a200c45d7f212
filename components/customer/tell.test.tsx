import vm from 'node:vm';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test, vi } from 'vitest';
import { Tell, type Telling } from './tell.tsx';

const shop = 'https://shop.example.com';
const news = [{ step: 1, type: 'opened' }];

/** Runs the script of a page as a browser would; what the opener hears, and how a form is sent. */
function shown(when: Telling['when'], { opener = true } = {}) {
  const html = renderToStaticMarkup(<Tell nonce="n" telling={{ origin: shop, news, when }} />);
  const attribute = (name: string) => new RegExp(` data-${name}="([^"]*)"`).exec(html)?.[1]?.replaceAll('&quot;', '"');
  const heard: unknown[] = [];
  const listeners: ((event: object) => void)[] = [];
  const remove = vi.fn();
  vm.runInNewContext(/>(.*)<\/script>/.exec(html)?.[1] ?? '', {
    document: {
      currentScript: { dataset: { to: attribute('to'), say: attribute('say'), sent: attribute('sent') } },
      querySelector: (what: string) => (what === '.back' ? { remove } : null),
    },
    window: { opener: opener ? { postMessage: (said: unknown, to: string) => heard.push([said, to]) } : null },
    addEventListener: (_: string, listen: (event: object) => void) => listeners.push(listen),
    JSON,
  });
  const send = (action: string) => {
    for (const listen of listeners) listen({ target: { getAttribute: () => action } });
  };
  return { heard, send, wayBack: () => remove.mock.calls.length === 0 };
}
const told = [[{ waxseal: { step: 1, type: 'opened' } }, shop]];

test('as it is shown: to the one origin', () => {
  expect(shown('now').heard).toEqual(told);
});

test('as its form is sent, and no other', () => {
  const { heard, send } = shown({ sent: '/connect/x/go' });
  send('/connect/x/keep');
  expect(heard).toEqual([]);
  send('/connect/x/go');
  expect(heard).toEqual(told);
});

test('without an opener: nothing', () => {
  const { heard, send } = shown({ sent: '/connect/x/go' }, { opener: false });
  send('/connect/x/go');
  expect(heard).toEqual([]);
});

test('a window that was opened loses the way back, a page in the same tab keeps it', () => {
  expect(shown('now').wayBack()).toBe(false);
  expect(shown('now', { opener: false }).wayBack()).toBe(true);
});
