import { z } from 'zod';
import { audit } from '../audit/index.ts';
import { isShowable } from '../branding/index.ts';
import { config } from '../config/index.ts';
import { inTenant, type Prisma, type Tx } from '../db/index.ts';
import { locales } from '../i18n/index.ts';
import { putJob } from '../jobs/index.ts';
import { days, hours, minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { sha256 } from '../kernel/hash.ts';
import { isId, newId, newToken } from '../kernel/ids.ts';
import { Secret } from '../kernel/secret.ts';
import { Email, mayBeTold, mayReturnTo, readPartner, readRegistration, returnUrlFault } from '../tenancy/index.ts';
import { seal } from '../vault/index.ts';
import { nextReminder } from './core/reminders.ts';

export const channels = ['embed', 'redirect', 'mail'] as const;
export type Channel = (typeof channels)[number];
/** How long an invitation is open, by the way it travels (design §5). */
export const invitationSpan = { embed: minutes(30), redirect: hours(4), mail: days(7) } as const satisfies Record<
  Channel,
  number
>;
const longestSpanSeconds = 21 * 86_400;

// Names are shown to people on other people's screens: no control characters, no bidirectional overrides (E-8).
const PlainText = (max: number) =>
  z.string().trim().min(1).max(max).refine(isShowable, 'Control and text-direction characters are not accepted.');

export const InvitationInput = z.strictObject({
  customer: z.strictObject({
    name: PlainText(200).meta({ description: 'As they call their company; it is shown to them.' }),
    email: Email.optional().meta({
      description:
        'Needed for channel mail, whose reminders go there, too. Whatever the channel, the receipt goes there, and a new link for one that lapsed.',
    }),
    external_id: PlainText(200).optional().meta({
      description:
        'Your own reference. The same one is the same customer, whose name, email and locale become what is given here; without one each invitation makes a customer of its own.',
    }),
    locale: z.enum(locales).optional().meta({
      description:
        'The language of their pages and mails. Without one the browser decides, for a mail the country of the Exact Online site; they can always choose another.',
    }),
  }),
  client_registration_id: z.string().meta({
    description: 'clr_…, your app at Exact Online as it stands in the console; it settles the country site.',
  }),
  channel: z
    .enum(channels)
    .default('redirect')
    .meta({ description: 'How the link travels; settles how long it is open.' }),
  origin: z.string().max(300).optional().meta({
    description: 'Channel embed: the registered origin of the page with the button, which is told how it goes.',
  }),
  return_url: z.string().max(500).optional().meta({
    description:
      'Where the customer may go on with you when all is done, offered as a link: https, at one of your registered origins, at most 500 characters. Nothing is added to it, and being there proves nothing.',
  }),
  remind: z.boolean().default(true).meta({
    description:
      'Channel mail: whether whoever did not finish is reminded: two days after the invitation and a day before it ends.',
  }),
  expires_in: z.number().int().min(60).max(longestSpanSeconds).optional().meta({
    description: 'How long the link is open, in seconds, in place of the span of its channel: a minute to 21 days.',
  }),
  expect: z
    .strictObject({
      exact_user: PlainText(200)
        .optional()
        .meta({ description: 'User name or mail address at Exact Online; upper and lower case are the same.' }),
      division: z
        .number()
        .int()
        .positive()
        .optional()
        .meta({ description: 'Number of the administration that the consent has to cover.' }),
    })
    .optional()
    .meta({
      description:
        'Whom and what you expect behind the consent. Anything else is sealed all the same, and parked (wrong_user, wrong_company; not_verified where Exact Online would not say): the customer is told what to put right, a member can accept it as it is, and until then it cannot be claimed.',
    }),
  choose_site: z.boolean().optional().meta({
    description:
      'Lets the customer choose among the country sites that you have a client registration for; the consent is then that of the connection there. Not with channel embed.',
  }),
});
export type InvitationInput = z.input<typeof InvitationInput>;

export type InvitationMade = { id: string; url: Secret<string>; expiresAt: Date; connectionId: string };

/**
 * Asks a customer for consent: finds or creates customer and connection, and makes the link. With channel `mail` the
 * mail is a job in the same transaction. Throws invalid_request and not_found (client registration).
 */
export async function createInvitation(
  ctx: Ctx,
  raw: InvitationInput,
  invitedBy: string | null = null,
): Promise<InvitationMade> {
  const input = InvitationInput.parse(raw);
  if (input.channel === 'mail' && !input.customer.email)
    throw new AppError('invalid_request', 'An invitation by mail needs customer.email.');
  if (input.origin !== undefined && input.channel !== 'embed')
    throw new AppError('invalid_request', 'Only an invitation of channel embed has an origin.');
  const badReturn = input.return_url === undefined ? null : returnUrlFault(input.return_url, ctx.sandbox);
  if (badReturn) throw new AppError('invalid_request', badReturn);
  if (input.choose_site && input.channel === 'embed')
    throw new AppError('invalid_request', 'An embedded invitation has one site; leave out choose_site.');
  return inTenant(ctx.partnerId, async (tx) => {
    if (input.origin !== undefined && !(await mayBeTold(tx, ctx, input.origin)))
      throw new AppError('invalid_request', 'This origin is not registered; add it in the console, under Button.');
    if (input.return_url !== undefined && !(await mayReturnTo(tx, ctx, input.return_url)))
      throw new AppError(
        'invalid_request',
        'The origin of return_url is not registered; add it in the console, under Button.',
      );
    if (!isId('clientRegistration', input.client_registration_id)) throw notFound();
    const registration = await readRegistration(tx, ctx, input.client_registration_id);
    const customer = await keepCustomer(tx, ctx, input.customer);
    const connectionId = await keepConnection(tx, ctx, customer.id, registration.id);
    return makeInvitation(tx, ctx, connectionId, customer.locale, {
      channel: input.channel,
      invitedBy,
      remind: input.remind,
      ...(input.origin === undefined ? {} : { embedOrigin: input.origin }),
      returnUrl: input.return_url ?? null,
      ...(input.expires_in === undefined ? {} : { spanMs: input.expires_in * 1000 }),
      ...(input.expect ? { expected: input.expect as Prisma.InputJsonObject } : {}),
      chooseSite: input.choose_site ?? false,
    });
  });
}

export type Asking = {
  channel: Channel;
  invitedBy: string | null;
  /** Only what we mail ourselves is followed by reminders: a link that the partner sends is the partner's to follow up. */
  remind: boolean;
  /** The invitation whose lapsed link the customer had replaced. */
  replaces?: string;
  embedOrigin?: string;
  /** Where the customer may go on at the partner's. */
  returnUrl?: string | null;
  spanMs?: number;
  /** Takes the place of the span. */
  expiresAt?: Date;
  expected?: Prisma.InputJsonValue;
  chooseSite?: boolean;
  /** The customer is here already: nothing is mailed. */
  inPerson?: true;
};

/**
 * Makes an invitation of a connection and its link, in the transaction of whoever asks for it; with channel `mail` the mail is a
 * job in it.
 */
export async function makeInvitation(
  tx: Tx,
  ctx: Ctx,
  connectionId: string,
  locale: string | null,
  asking: Asking,
): Promise<InvitationMade> {
  const now = ctx.clock.now();
  const id = newId('invitation');
  const token = newToken('invitation', ctx.partnerId);
  const expiresAt = asking.expiresAt ?? plus(now, asking.spanMs ?? invitationSpan[asking.channel]);
  const remind = asking.remind && asking.channel === 'mail';
  await tx.invitation.create({
    data: {
      partnerId: ctx.partnerId,
      id,
      connectionId,
      channel: asking.channel,
      tokenHash: sha256(token),
      tokenSealed: await seal(tx, new Secret(token), linkPlace(ctx.partnerId, id, 'invitation')),
      locale,
      ...(asking.expected ? { expected: asking.expected } : {}),
      ...(asking.embedOrigin === undefined ? {} : { embedOrigin: asking.embedOrigin }),
      returnUrl: asking.returnUrl ?? null,
      invitedBy: asking.invitedBy,
      chooseSite: asking.chooseSite ?? false,
      createdAt: now,
      expiresAt,
      dueAt: expiresAt,
      remind,
      remindAt: remind ? nextReminder({ createdAt: now, expiresAt }, now) : null,
      replaces: asking.replaces ?? null,
    },
  });
  await audit(
    tx,
    ctx,
    'invitation.created',
    { connectionId },
    { invitation_id: id, channel: asking.channel, ...(asking.replaces ? { replaces: asking.replaces } : {}) },
  );
  if (asking.channel === 'mail' && !asking.inPerson)
    await putJob(tx, 'mail.invitation', { partnerId: ctx.partnerId, invitationId: id });
  return { id, url: new Secret(linkUrl(token, (await readPartner(tx, ctx)).home)), expiresAt, connectionId };
}

/** The encryption context of a link's sealed copy. */
export const linkPlace = (partnerId: string, recordId: string, field: 'invitation' | 'access') =>
  ({ purpose: 'link', partnerId, recordId, field }) as const;

/** The address of a customer's page, at the partner's `home`; the token in it is the right to open it. */
export const linkUrl = (token: string, home: string = config().publicUrl): string => `${home}/connect/${token}`;

type Kept = { id: string; locale: string | null };

/** The customer of an invitation; what it leaves out stays as it was. */
async function keepCustomer(tx: Tx, ctx: Ctx, customer: InvitationInput['customer']): Promise<Kept> {
  const { partnerId } = ctx;
  if (customer.external_id) {
    const { count } = await tx.customer.updateMany({
      where: { partnerId, externalId: customer.external_id },
      data: {
        name: customer.name,
        ...(customer.email ? { email: customer.email } : {}),
        ...(customer.locale ? { locale: customer.locale } : {}),
      },
    });
    const found =
      count &&
      (await tx.customer.findFirst({
        where: { partnerId, externalId: customer.external_id },
        select: { id: true, locale: true },
      }));
    if (found) return found;
  }
  const id = newId('customer');
  // Two first invitations of one customer at once: the unique external id lets one in, the other uses it.
  const made = await tx.$executeRaw`
    INSERT INTO customer (partner_id, id, name, email, external_id, locale, created_at)
    VALUES (${partnerId}, ${id}, ${customer.name}, ${customer.email ?? null}, ${customer.external_id ?? null}, ${customer.locale ?? null}, ${ctx.clock.now()})
    ON CONFLICT (partner_id, external_id) WHERE external_id IS NOT NULL DO NOTHING`;
  return made === 1 ? { id, locale: customer.locale ?? null } : keepCustomer(tx, ctx, customer);
}

/** The connection of a customer through a client registration: there is one, made when it is first asked for. */
export async function keepConnection(tx: Tx, ctx: Ctx, customerId: string, registrationId: string): Promise<string> {
  const { partnerId } = ctx;
  await tx.$executeRaw`
    INSERT INTO connection (partner_id, id, customer_id, client_registration_id, created_at)
    VALUES (${partnerId}, ${newId('connection')}, ${customerId}, ${registrationId}, ${ctx.clock.now()})
    ON CONFLICT (partner_id, customer_id, client_registration_id) DO NOTHING`;
  const found = await tx.connection.findFirstOrThrow({
    where: { partnerId, customerId, clientRegistrationId: registrationId },
    select: { id: true },
  });
  return found.id;
}

/** An invitation and those that came out of it: for the country that was chosen, or in the place of a link that had lapsed. */
async function withSuccessors(tx: Tx, { partnerId }: Ctx, id: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE line AS (
      SELECT id, moved_to FROM invitation WHERE partner_id = ${partnerId} AND id = ${id}
      UNION SELECT i.id, i.moved_to FROM invitation i JOIN line ON i.id = line.moved_to OR i.replaces = line.id
        WHERE i.partner_id = ${partnerId})
    SELECT id FROM line`;
  return rows.map((row) => row.id);
}

/**
 * Takes an open invitation back, and what came out of it; their links then say so. False when none of them was open any more.
 * Throws not_found.
 */
export async function withdrawInvitation(ctx: Ctx, id: string): Promise<boolean> {
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    const line = await withSuccessors(tx, ctx, id);
    if (line.length === 0) throw notFound();
    let withdrawn = false;
    for (const each of line) {
      const { count } = await tx.invitation.updateMany({
        where: { partnerId, id: each, finishedAt: null, withdrawnAt: null },
        data: { withdrawnAt: ctx.clock.now(), dueAt: null, remindAt: null },
      });
      if (count === 0) continue;
      withdrawn = true;
      const { connectionId } = await tx.invitation.findFirstOrThrow({ where: { partnerId, id: each } });
      await audit(tx, ctx, 'invitation.withdrawn', { connectionId }, { invitation_id: each });
    }
    return withdrawn;
  });
}

/** Asks the customer of an existing connection once more, for whom and what was asked for before; what it held before stays as it is until they do. Throws not_found. */
export async function inviteAgain(
  ctx: Ctx,
  connectionId: string,
  channel: Channel,
  invitedBy: string | null = null,
): Promise<InvitationMade> {
  const { partnerId } = ctx;
  return inTenant(partnerId, async (tx) => {
    const connection = await tx.connection.findFirst({ where: { partnerId, id: connectionId } });
    if (!connection) throw notFound();
    const { locale } = await tx.customer.findFirstOrThrow({ where: { partnerId, id: connection.customerId } });
    const before = await tx.invitation.findFirst({
      where: { partnerId, connectionId },
      orderBy: { createdAt: 'desc' },
    });
    return makeInvitation(tx, ctx, connectionId, locale, {
      ...{ channel, invitedBy, remind: true },
      ...(before?.expected ? { expected: before.expected } : {}),
      returnUrl: before?.returnUrl ?? null,
    });
  });
}
