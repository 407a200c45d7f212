import { missing } from '#lib/api/index.ts';

/** An unknown address and a foreign id get the same bytes. */
const answer = (): Response => {
  const { status, body } = missing();
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' },
  });
};

export { answer as DELETE, answer as GET, answer as PATCH, answer as POST, answer as PUT };
