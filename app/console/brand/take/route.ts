import { seeOther } from '#lib/browser/index.ts';
import { notFound } from '#lib/kernel/errors.ts';
import { consolePost } from '#lib/session/index.ts';
import { findTwin, takeBrand } from '#lib/tenancy/index.ts';

/** Takes over the brand of the other side: the sandbox's for the live partner, the live one's for the sandbox. */
export const POST = consolePost('manage_brand', async ({ member: { ctx, partner } }) => {
  const other = partner.sandboxOf ?? (await findTwin(ctx));
  if (!other) throw notFound();
  const changed = await takeBrand(ctx, other);
  return seeOther(`/console/brand?done=${changed.length > 0 ? 'taken' : 'same'}`);
});
