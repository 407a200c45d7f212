import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { ConnectExact } from './connect-exact.tsx';

/** A pop-up is what a partner asks for; without a word the customer stays in the tab they are in. */
test('opens in the same tab unless the page asks for a window', () => {
  const href = 'https://connect.example/connect/wxi_1';
  const html = (mode?: 'popup') =>
    renderToStaticMarkup(
      <ConnectExact href={href} {...(mode ? { mode } : {})}>
        Connect
      </ConnectExact>,
    );
  expect(html()).toBe(
    `<waxseal-connect mode="same-tab"><a href="${href}">Connect</a><span role="status"></span></waxseal-connect>`,
  );
  expect(html('popup')).toContain('mode="popup"');
});
