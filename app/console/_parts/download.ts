import { pageHeaders, seeOther } from '#lib/browser/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { currentMember } from '#lib/session/index.ts';

type Route = { params: Promise<{ id: string }> };
export type Download = { name: string; mediaType: string; content: string };

/** A file without a secret about one handoff, for every role. What is not there, or may not be written, is a sentence. */
export const downloadOf =
  (make: (ctx: Ctx, handoffId: string, query: URLSearchParams) => Promise<Download>) =>
  async (request: Request, { params }: Route): Promise<Response> => {
    const session = await currentMember();
    if (!session) return seeOther('/sign-in');
    const headers = pageHeaders({ csp: "default-src 'none'", opener: 'same-origin' });
    try {
      const made = await make(session.ctx, (await params).id, new URL(request.url).searchParams);
      const disposition = `attachment; filename="${made.name}"`;
      return new Response(made.content, {
        headers: { ...headers, 'content-type': made.mediaType, 'content-disposition': disposition },
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const status = error.code === 'not_found' ? 404 : 409;
      return new Response(error.publicMessage, { status, headers });
    }
  };
