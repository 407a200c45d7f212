import { credentialsFragment } from '#lib/handoff/index.ts';
import { downloadOf } from '../../../_parts/download.ts';

/** The fragment for an on-premise product that reads a registered database's credentials from Invantive Cloud. */
export const GET = downloadOf(async (ctx, id, query) => ({
  name: `waxseal-credentials-${id}.xml`,
  mediaType: 'application/xml',
  content: await credentialsFragment(ctx, id, query.get('database')?.trim().slice(0, 200) || null),
}));
