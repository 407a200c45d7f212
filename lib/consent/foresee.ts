import type { Site } from '../config/index.ts';
import { inTenant } from '../db/index.ts';
import { type Locale, pickLocale } from '../i18n/index.ts';
import { plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { readPartner, readRegistration } from '../tenancy/index.ts';
import { InvitationInput, invitationSpan, linkUrl } from './invite.ts';

export type Foreseen = {
  /** The language of the mail, and of the page unless the reader's browser says otherwise. */
  locale: Locale;
  /** Whether somebody chose it; else the country decides, and the browser for the page. */
  chosen: boolean;
  site: Site;
  expiresAt: Date;
  /** An address of the right shape that leads nowhere. */
  url: string;
};

/**
 * What an invitation of this input would say, before it is made: nothing is stored, nothing is sent, no link exists. Throws like
 * `createInvitation`.
 */
export async function foreseeInvitation(ctx: Ctx, raw: InvitationInput): Promise<Foreseen> {
  const { customer, client_registration_id, channel, expires_in } = InvitationInput.parse(raw);
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    if (!isId('clientRegistration', client_registration_id)) throw notFound();
    const { site } = await readRegistration(tx, ctx, client_registration_id);
    // Of a customer who is known by that reference, what the form leaves open stays as it was.
    const known = customer.external_id
      ? await tx.customer.findFirst({
          where: { partnerId, externalId: customer.external_id },
          select: { locale: true },
        })
      : null;
    const invitation = customer.locale ?? known?.locale;
    return {
      locale: pickLocale({ invitation, site }),
      chosen: Boolean(invitation),
      site,
      expiresAt: plus(ctx.clock.now(), expires_in === undefined ? invitationSpan[channel] : expires_in * 1000),
      url: linkUrl('wxi_preview', (await readPartner(tx, ctx)).home),
    };
  });
}
