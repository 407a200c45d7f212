import { closedPolicy, pageHeaders } from '#lib/browser/index.ts';
import { takeReports } from '#lib/browser/reports.ts';

/** Where browsers say what our policies refused (B-2). Open to anybody; answers nothing but a status. */
export const POST = async (request: Request): Promise<Response> =>
  new Response(null, {
    status: await takeReports(request),
    headers: pageHeaders({ csp: closedPolicy, opener: 'same-origin' }),
  });
