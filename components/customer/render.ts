import type { ReactElement } from 'react';

/** An element as text. Imported late: framework bundlers refuse `react-dom/server` at the top of a route's imports. */
export async function renderCustomerPart(element: ReactElement): Promise<string> {
  const { renderToStaticMarkup } = await import('react-dom/server');
  return renderToStaticMarkup(element);
}

/**
 * Where reading begins: on every new screen the focus is on its heading, without a script. A person who listens hears it
 * first, and the next press of Tab is on the first thing to do; brand and languages stay one step back. A page that is nothing
 * but one field has the focus there.
 */
const focused = (html: string): string =>
  html.includes(' autofocus=""') ? html : html.replace('<h1>', '<h1 tabindex="-1" autofocus>');

/** The document as text. */
export const renderCustomerPage = async (element: ReactElement): Promise<string> =>
  `<!doctype html>${focused(await renderCustomerPart(element))}`;
