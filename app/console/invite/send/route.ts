import { seeOther } from '#lib/browser/index.ts';
import { createInvitation } from '#lib/consent/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { inputOf } from '../../_parts/invite.ts';

/** Asks a customer for consent. */
export const POST = consolePost('invite', async ({ member: { ctx, member }, form }) => {
  const made = await createInvitation(ctx, inputOf(form), member.name);
  return seeOther(`/console/connections/${made.connectionId}?invited=${made.id}`);
});
