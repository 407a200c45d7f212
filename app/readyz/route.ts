import { readiness } from '#lib/server.ts';

export const dynamic = 'force-dynamic';

/** Database, key and migrations are as this build needs them. */
export async function GET(): Promise<Response> {
  const checks = await readiness();
  const ready = Object.values(checks).every(Boolean);
  return Response.json(checks, { status: ready ? 200 : 503, headers: { 'cache-control': 'no-store' } });
}
