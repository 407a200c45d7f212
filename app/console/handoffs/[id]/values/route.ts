import type { Bundle } from '#lib/handoff/index.ts';
import { viewHandoff } from '#lib/handoff/index.ts';
import { consoleJson } from '#lib/session/index.ts';

/** The values of a handoff for the member who claimed it: the first look is the delivery (H10). */
export const POST = consoleJson('register_database', async ({ member: { ctx }, params }) => {
  const { bundle, viewUntil } = await viewHandoff(ctx, params['id'] ?? '');
  const { client_id, client_secret, redirect_uri, refresh_token, access_token } = JSON.parse(bundle.reveal()) as Bundle;
  return {
    values: { client_id, client_secret, redirect_uri, refresh_token, access_token: access_token ?? null },
    seconds_left: Math.max(0, Math.floor((viewUntil.getTime() - ctx.clock.now().getTime()) / 1000)),
  };
});
