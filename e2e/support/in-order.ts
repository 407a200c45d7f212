import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** On a phone and on a desk: nothing that a screen reader trips over, nothing wider than the window. */
export async function isInOrder(page: Page): Promise<void> {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  }
}
