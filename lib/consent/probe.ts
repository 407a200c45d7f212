import type { Site } from '../config/index.ts';
import { send } from '../http/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { operatorOrigins, originOf } from '../providers/index.ts';

type Seen = { atMs: number; closed: Promise<boolean> };
const seen = new Map<string, Seen>();
/** Everybody who leaves within this time is served by one question. */
const goodForMs = 5_000;
const limits = { answerBytes: 200_000, totalMs: 3_000 };

/**
 * Whether the provider is certainly closed (T19: it answers 5xx, or cannot be dialled), asked before a customer is sent
 * there. What is merely slow counts as open: they would find out no sooner by waiting here.
 */
export function isClosed(site: Site, { sandbox }: Pick<Ctx, 'sandbox'>): Promise<boolean> {
  const origin = originOf(site, sandbox);
  const last = seen.get(origin);
  if (last && performance.now() - last.atMs < goodForMs) return last.closed;
  const closed = ask(origin);
  seen.set(origin, { atMs: performance.now(), closed });
  return closed;
}

async function ask(origin: string): Promise<boolean> {
  const sent = await send({ method: 'GET', url: `${origin}/`, headers: {} }, operatorOrigins(), limits);
  const closed = sent.kind === 'unsent' || (sent.kind === 'answered' && sent.response.status >= 500);
  if (closed) seen.delete(origin); // it may be open again a moment later
  return closed;
}
