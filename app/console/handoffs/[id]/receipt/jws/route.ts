import { readAccount } from '#lib/handoff/index.ts';
import { downloadOf } from '../../../../_parts/download.ts';

/** The signed receipt of a handoff as a file. */
export const GET = downloadOf(async (ctx, id) => {
  const { jws } = await readAccount(ctx, id);
  return { name: `waxseal-receipt-${id}.jws`, mediaType: 'application/jose', content: jws };
});
