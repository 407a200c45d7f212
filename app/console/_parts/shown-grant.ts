import { readConnection } from '#lib/connections/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { AppError } from '#lib/kernel/errors.ts';

/** The grant that the member was looking at; one that came in since is not decided about unseen. */
export async function shownGrant(ctx: Ctx, connectionId: string, form: URLSearchParams) {
  const { grant } = await readConnection(ctx, connectionId);
  if (!grant || grant.id !== form.get('grant_id'))
    throw new AppError('not_claimable', 'A newer consent came in meanwhile; look at that one first.');
  return { id: grant.id, connectionId, custody: grant.custody };
}

export const tooLate = () =>
  new AppError('not_claimable', 'This consent has moved on meanwhile; the page now shows where it stands.');
