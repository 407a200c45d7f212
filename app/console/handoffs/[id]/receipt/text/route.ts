import { readAccount } from '#lib/handoff/index.ts';
import { downloadOf } from '../../../../_parts/download.ts';

/** What the receipt says in four lines, for a customer's file. */
export const GET = downloadOf(async (ctx, id) => {
  const { text } = await readAccount(ctx, id);
  return { name: `waxseal-receipt-${id}.txt`, mediaType: 'text/plain; charset=utf-8', content: text };
});
