import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

type Axe = { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };

const beside = createRequire(createRequire(import.meta.url).resolve('@axe-core/playwright'));
const { source } = beside('axe-core') as { source: string };

/** Lets the page that is shown be judged by `axeFaults`, as often as it changes its look. */
export const bringAxe = (page: Page): Promise<void> => page.evaluate(source);

/** What the checker finds on the page as it looks now: WCAG 2.0 to 2.2, A and AA, and its own good practice. */
export const axeFaults = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await axe.run({ runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);
  });
