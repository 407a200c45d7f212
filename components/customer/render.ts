import type { ReactElement } from 'react';

/** An element as text. Imported late: framework bundlers refuse `react-dom/server` at the top of a route's imports. */
export async function renderCustomerPart(element: ReactElement): Promise<string> {
  const { renderToStaticMarkup } = await import('react-dom/server');
  return renderToStaticMarkup(element);
}

/** The document as text. */
export const renderCustomerPage = async (element: ReactElement): Promise<string> =>
  `<!doctype html>${await renderCustomerPart(element)}`;
