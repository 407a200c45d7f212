import { runInNewContext } from 'node:vm';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test, vi } from 'vitest';
import { Tell } from './tell.tsx';

const html = renderToStaticMarkup(
  <Tell nonce="n" telling={{ origin: 'https://app.example.com', news: [], when: 'now' }} />,
);
const script = /<script[^>]*>(.*)<\/script>/s.exec(html)?.[1] ?? '';

/** Whether the page still has its way back once the script has run. */
function isLeft(opener: object | null): boolean {
  const remove = vi.fn();
  const document = {
    currentScript: { dataset: { to: 'https://app.example.com', say: '[]', when: 'now' } },
    querySelector: (what: string) => (what === '.back' ? { remove } : null),
  };
  runInNewContext(script, { window: { opener }, document });
  return remove.mock.calls.length === 0;
}

test('a window that was opened loses the way back, a page in the same tab keeps it', () => {
  expect(isLeft({ postMessage: () => {} })).toBe(false);
  expect(isLeft(null)).toBe(true);
});
