import { pageHeaders } from '#lib/browser/index.ts';
import { readHandoff, takeFile } from '#lib/handoff/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';

/** The file of a handoff for the member who claimed it: the first download is the delivery, and needs step-up (H10). */
export const POST = consolePost('register_database', async ({ member, params }) => {
  const { ctx } = member;
  const { id, deliveredAt } = await readHandoff(ctx, params['id'] ?? '');
  if (deliveredAt === null) requireFresh(member); // a repeat is for the session of the first download only, which was fresh
  const { name, mediaType, content } = await takeFile(ctx, id);
  return new Response(content.reveal(), {
    headers: {
      ...pageHeaders({ csp: "default-src 'none'", opener: 'same-origin' }),
      'content-type': mediaType,
      'content-disposition': `attachment; filename="${name}"`,
    },
  });
});
