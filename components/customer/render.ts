import type { ReactElement } from 'react';

/**
 * Where reading begins: on every new screen the focus is on its heading, without a script. A person who listens hears it
 * first, and the next press of Tab is on the first thing to do; brand and languages stay one step back.
 */
const focused = (html: string): string => html.replace('<h1>', '<h1 tabindex="-1" autofocus>');

/** The document as text. Imported late: framework bundlers refuse `react-dom/server` at the top of a route's imports. */
export async function renderCustomerPage(element: ReactElement): Promise<string> {
  const { renderToStaticMarkup } = await import('react-dom/server');
  return `<!doctype html>${focused(renderToStaticMarkup(element))}`;
}
