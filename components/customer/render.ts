import type { ReactElement } from 'react';

/** The document as text. Imported late: framework bundlers refuse `react-dom/server` at the top of a route's imports. */
export async function renderCustomerPage(element: ReactElement): Promise<string> {
  const { renderToStaticMarkup } = await import('react-dom/server');
  return `<!doctype html>${renderToStaticMarkup(element)}`;
}
