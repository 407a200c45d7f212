import { showable } from '../branding/index.ts';
import { findGrant } from '../custody/index.ts';
import { inTenant, type Tx } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { fileFormats, formatFacts } from './core/formats/catalogue.ts';
import { credentialsXml } from './core/formats/credentials-xml.ts';
import { receiptText } from './core/formats/receipt-text.ts';
import { type ReceiptClaims, readClaims } from './receipt.ts';
import { findHandoff, type HandoffRow } from './store.ts';

/** A signed receipt with the names that people know its ids by. */
export type Account = {
  handoffId: string;
  jws: string;
  claims: ReceiptClaims;
  customerName: string;
  exactUser: string | null;
  claimedBy: string;
  /** Null on receipts of before this was kept. */
  settledBy: string | null;
  /** Four lines for the customer's file (reference 8.8). */
  text: string;
};

/** Who acted, as a receipt writes it (`member:mbr_…`), by the name a person knows. */
async function nameOf(tx: Tx, { partnerId }: Ctx, actor: string): Promise<string> {
  const [kind = '', id = ''] = actor.split(':');
  const where = { partnerId, id };
  if (kind === 'member') return (await tx.member.findFirst({ where }))?.name ?? 'a former colleague';
  if (kind === 'api_key') return `API key ${(await tx.apiKey.findFirst({ where }))?.label ?? id}`;
  return 'Waxseal, when the time was over';
}

async function customerOf(tx: Tx, { partnerId }: Ctx, { connectionId: id }: HandoffRow): Promise<string> {
  const connection = await tx.connection.findFirst({ where: { partnerId, id }, select: { customerId: true } });
  const customer = connection && (await tx.customer.findFirst({ where: { partnerId, id: connection.customerId } }));
  return customer?.name ?? '';
}

/** What left, as people call it. */
export function leftAs(format: string | undefined): string {
  const known = fileFormats.find((each) => each === format);
  return known ? formatFacts[known].label : 'values';
}

/** The receipt of an ended handoff, for people. Throws not_found while there is none. */
export async function readAccount(ctx: Ctx, handoffId: string): Promise<Account> {
  return inTenant(ctx.partnerId, async (tx) => {
    const handoff = await findHandoff(tx, ctx, handoffId);
    const claims = handoff?.receipt ? readClaims(handoff.receipt) : null;
    const grant = handoff && (await findGrant(tx, ctx, handoff.grantId));
    if (!handoff?.receipt || !claims || !grant) throw notFound();
    const user = grant.exactUser as { userName: string } | null;
    const names = {
      customerName: await customerOf(tx, ctx, handoff),
      exactUser: user ? showable(user.userName) : null,
      claimedBy: await nameOf(tx, ctx, claims.claimed_by),
      settledBy: claims.settled_by ? await nameOf(tx, ctx, claims.settled_by) : null,
    };
    const text = receiptText({
      ...names,
      ...{ connectionId: claims.connection_id, site: claims.site, clientId: claims.client_id },
      ...{
        consentedAt: claims.consented_at,
        lapsesAt: claims.lapses_at ?? grant.lapsesAt.toISOString(),
        by: names.claimedBy,
      },
      ...{ releasedAt: claims.delivered_at, as: leftAs(claims.file_format), settledAt: claims.settled_at },
      ...{ tokenFingerprint: claims.token_fingerprint, outcome: claims.outcome },
    });
    return { handoffId: handoff.id, jws: handoff.receipt, claims, ...names, text };
  });
}

/**
 * The fragment by which an on-premise product fetches a registered database's credentials from Invantive Cloud (reference 8.6).
 * Holds no secret. Throws not_found, not_delivered before the registration was confirmed, file_refused.
 */
export async function credentialsFragment(ctx: Ctx, handoffId: string, database: string | null): Promise<string> {
  return inTenant(ctx.partnerId, async (tx) => {
    const handoff = await findHandoff(tx, ctx, handoffId);
    if (!handoff) throw notFound();
    if (handoff.status !== 'confirmed')
      throw new AppError('not_delivered', 'Only a database that is registered has credentials at Invantive Cloud.');
    const made = credentialsXml({ customerName: await customerOf(tx, ctx, handoff), database });
    if (typeof made === 'string') return made;
    throw new AppError('file_refused', `This file cannot hold ${made.field} as it is: ${made.because}.`, {
      extra: { field: made.field },
    });
  });
}
