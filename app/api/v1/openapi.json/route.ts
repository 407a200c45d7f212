import { openApiDocument } from '#lib/api/index.ts';

export const GET = (): Response =>
  Response.json(openApiDocument(), { headers: { 'cache-control': 'public, max-age=300' } });
