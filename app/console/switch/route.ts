import { seeOther } from '#lib/browser/index.ts';
import { consolePost, goTo } from '#lib/session/index.ts';

/** Goes over to the sandbox, back to live, or to another partner. */
export const POST = consolePost('read', async ({ member, form }) =>
  seeOther('/console', [await goTo(member, form.get('to') ?? '')]),
);
