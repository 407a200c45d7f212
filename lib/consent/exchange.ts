import type { Site } from '../config/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import { type Sent, send } from '../http/index.ts';
import { earlier, minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { operatorOrigins, originOf, type Provider, type Registration, type TokenOutcome } from '../providers/index.ts';
import { openClientSecret, type RegistrationView } from '../tenancy/index.ts';

/** An exchange that has not settled by then never will: its process is gone. Longer than a request and all its saves. */
export const settleSpan = minutes(2);

/** What was presented at `began` was issued before the waiting for it ended, however long its process then stood still. */
export const issuedBy = (began: Date, keptAt: Date): Date => earlier(keptAt, plus(began, minutes(1)));

/**
 * Takes the one right to act on an authorization request: the row is the intent, written before a byte leaves, so a
 * crash from here on leaves a trace. When it began; null when another callback was first.
 */
export async function beginExchange(tx: Tx, ctx: Ctx, requestId: string): Promise<Date | null> {
  const now = ctx.clock.now();
  const { count } = await tx.authorizationRequest.updateMany({
    where: { partnerId: ctx.partnerId, id: requestId, answeredAt: null, expiresAt: { gt: now } },
    data: { answeredAt: now, dueAt: plus(now, settleSpan) },
  });
  return count === 1 ? now : null;
}

/** Opens what the exchange needs, before the intent is written: a secret that will not open must not cost the code. */
export async function registrationForExchange(
  ctx: Ctx,
  view: RegistrationView,
  redirectUri: string,
): Promise<Registration> {
  const clientSecret = await inTenant(ctx.partnerId, (tx) => openClientSecret(tx, ctx, view.id));
  return { site: view.site as Site, clientId: view.clientId, clientSecret, redirectUri };
}

/**
 * Presents a code. Point of no return: it works once (RFC 6749 §4.1.2, T4), and the answer is the only copy of the token.
 * A request that provably never left is sent once more (C-2 row 16); nothing else is.
 */
export async function presentCode(
  ctx: Ctx,
  provider: Provider,
  registration: Registration,
  proof: { code: string; codeVerifier: string | null },
): Promise<Sent> {
  const request = provider.codeRequest(originOf(registration.site, ctx.sandbox), registration, proof);
  const sent = await send(request, operatorOrigins());
  return sent.kind === 'unsent' ? send(request, operatorOrigins()) : sent;
}

/** Reads what came back. Of an answer that broke off only a token counts whose closing quote arrived (C-2 row 4). */
export function readExchange(provider: Provider, sent: Sent): TokenOutcome {
  if (sent.kind === 'unsent') return { kind: 'unavailable' };
  if (sent.kind === 'answered') return provider.readTokenResponse(sent.response);
  const salvaged = sent.partial && provider.readTokenResponse(sent.partial);
  return salvaged?.kind === 'issued' ? salvaged : { kind: 'unknown' };
}
