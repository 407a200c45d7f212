import { consoleJson, requireFresh } from '#lib/session/index.ts';
import { rotatePushSecret } from '#lib/targets/index.ts';

/** Puts a new signing secret in front; this answer is the only place it is ever told. */
export const POST = consoleJson('manage_targets', async ({ member, params }) => {
  requireFresh(member);
  const { secret } = await rotatePushSecret(member.ctx, params['id'] ?? '');
  return { secret: secret.reveal() };
});
