import { pageHeaders, seeOther } from '#lib/browser/index.ts';
import { readHandoff } from '#lib/handoff/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { currentMember } from '#lib/session/index.ts';

/** The signed receipt of a handoff as a file. It holds no secret, and every role may read it. */
export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const session = await currentMember();
  if (!session) return seeOther('/sign-in');
  const headers = pageHeaders({ csp: "default-src 'none'", opener: 'same-origin' });
  const row = await readHandoff(session.ctx, (await params).id).catch((error: unknown) => {
    if (error instanceof AppError) return null;
    throw error;
  });
  if (!row?.receipt) return new Response('There is no receipt under that address.', { status: 404, headers });
  return new Response(row.receipt, {
    headers: {
      ...headers,
      'content-type': 'application/jose',
      'content-disposition': `attachment; filename="waxseal-receipt-${row.id}.jws"`,
    },
  });
}
