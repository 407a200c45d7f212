import type { Bundle } from '#lib/handoff/index.ts';
import { readHandoff, viewHandoff } from '#lib/handoff/index.ts';
import { consoleJson, requireFresh } from '#lib/session/index.ts';

/** The values of a handoff for the member who claimed it: the first look is the delivery, and needs step-up (H10). */
export const POST = consoleJson('register_database', async ({ member, params }) => {
  const { ctx } = member;
  const { id, deliveredAt } = await readHandoff(ctx, params['id'] ?? '');
  if (deliveredAt === null) requireFresh(member); // a repeat is for the session of the first look only, which was fresh
  const { bundle, viewUntil } = await viewHandoff(ctx, id);
  const values = JSON.parse(bundle.reveal()) as Bundle;
  const {
    client_id,
    client_secret,
    redirect_uri,
    refresh_token,
    access_token,
    access_token_expires_at: expires,
  } = values;
  const left = (until: number) => Math.max(0, Math.floor((until - ctx.clock.now().getTime()) / 1000));
  return {
    values: {
      ...{ client_id, client_secret, redirect_uri, refresh_token, access_token: access_token ?? null },
      access_seconds_left: expires ? left(Date.parse(expires)) : 0,
    },
    seconds_left: left(viewUntil.getTime()),
  };
});
