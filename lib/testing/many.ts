import type { GrantRow } from '../custody/index.ts';
import { plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { sealMany } from './sealed.ts';
import { aRegistration } from './world.ts';

/** Sealed grants by the hundred, `apartMs` after one another up to now. */
export async function manySealed(ctx: Ctx, count: number, apartMs = 0): Promise<GrantRow[]> {
  const now = ctx.clock.now();
  return sealMany(ctx, await aRegistration(ctx), count, (each) => plus(now, (each - count) * apartMs));
}
