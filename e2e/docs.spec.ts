import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

for (const path of ['/docs/customer', '/docs/events'])
  test(`${path} is accessible and fits, on a phone and on a desk`, async ({ page }) => {
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(path);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        path,
      ).toBeLessThanOrEqual(0);
    }
  });

test('the guide leads to what a customer meets, and that to the events, each with an address of its own', async ({
  page,
}) => {
  await page.goto('/docs');
  await page.getByRole('main').getByRole('link', { name: 'What your customer meets' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'What your customer meets' })).toBeVisible();
  await expect(page.getByText('You did not give permission')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'events' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Events' })).toBeVisible();
  await page.goto('/docs/events#invitation.finished');
  await expect(page.locator('[id="invitation.finished"]')).toContainText('not_saved');
});
