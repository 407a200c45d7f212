import { BeforeYouGo } from '#components/customer/before-you-go.tsx';
import { Done } from '#components/customer/done.tsx';
import { type AccessState, MyAccess } from '#components/customer/my-access.tsx';
import type { FormProps } from '#components/customer/parts.tsx';
import { Paste } from '#components/customer/paste.tsx';
import type { Telling } from '#components/customer/tell.tsx';
import { Welcome } from '#components/customer/welcome.tsx';
import { WhereItStands } from '#components/customer/where-it-stands.tsx';
import { formToken } from '#lib/browser/index.ts';
import type { Site } from '#lib/config/index.ts';
import { type ConnectionView, readConnection, type StoryEntry } from '#lib/connections/index.ts';
import { linkUrl, type News, openedNews, type PasteFault, type Standing, type Visit } from '#lib/consent/index.ts';
import { type Division, hostOfSite, securityCentreOf } from '#lib/providers/index.ts';
import { returnsHere } from '#lib/tenancy/index.ts';
import { page, type Scene } from './respond.tsx';

/** A form of a customer's page: bound to the link it stands on, carrying the language along. */
export const formOf = (action: string, token: string, scene: Scene): FormProps => ({
  action,
  csrf: formToken(token),
  fields: { lang: scene.locale },
});

/** A form that says something about the account of one trip, and about no other. */
export const tripForm = (action: string, token: string, scene: Scene, trip: string): FormProps => {
  const form = formOf(action, token, scene);
  return { ...form, fields: { ...form.fields, trip } };
};

export const withLanguage = (path: string, scene: Scene): string =>
  `${path}${path.includes('?') ? '&' : '?'}lang=${scene.locale}`;

/** What a page tells the page whose button opened it, if there is one with a registered origin. */
export const tellingTo = (visit: Visit, news: readonly News[], when: Telling['when'] = 'now'): Telling | null =>
  visit.listener === null ? null : { origin: visit.listener, news, when };

export function welcomePage(scene: Scene, visit: Visit, token: string): Promise<Response> {
  const { invitation, customer } = visit;
  return page(
    scene,
    'welcome',
    <Welcome
      locale={scene.locale}
      theme={scene.theme}
      customerName={customer.name}
      invitedBy={invitation.invitedBy}
      form={formOf(`/connect/${token}`, token, scene)}
      forward={invitation.channel === 'embed' ? null : linkUrl(token, visit.partner.home)}
    />,
    { telling: tellingTo(visit, [openedNews(visit)]) },
  );
}

/** What the customer already gave and would replace, said before they leave (design §4, Supersede). */
function standingOf(visit: Visit, connection: ConnectionView, sameBrowser: boolean) {
  const { standing } = visit;
  if (!standing) return null;
  const delivered = connection.handoff?.status === 'delivered' || connection.handoff?.status === 'confirmed';
  if (!held.has(accessStateOf(visit, standing, connection)) && !delivered) return null;
  return {
    kind: delivered ? ('handed_over' as const) : ('sealed' as const),
    sealedAt: standing.sealedAt,
    lapsesAt: standing.lapsesAt,
    who: (sameBrowser && standing.exactUser?.fullName) || null,
  };
}

/** Whether what the customer gave before is still there, here or where it was handed over, so that they can keep it. */
export const canKeep = async (visit: Visit): Promise<boolean> =>
  standingOf(visit, await readConnection(visit.ctx, visit.connection.id), false) !== null;

type LeavingOptions = {
  leaving: News;
  sites: readonly Site[];
  /** Whether the reader is the browser that gave what stands: only it sees who signed in. */
  sameBrowser: boolean;
};

export function beforeYouGoPage(
  scene: Scene,
  visit: Visit,
  token: string,
  connection: ConnectionView,
  { leaving, sites, sameBrowser }: LeavingOptions,
): Promise<Response> {
  const { registration } = visit;
  const standing = standingOf(visit, connection, sameBrowser);
  const byHand = !returnsHere(registration);
  const form = formOf(`/connect/${token}/go`, token, scene);
  return page(
    scene,
    'beforeYouGo',
    <BeforeYouGo
      locale={scene.locale}
      theme={scene.theme}
      site={registration.site}
      exactHost={hostOfSite(registration.site, visit.ctx.sandbox)}
      siteOptions={sites}
      standing={standing}
      keep={standing && visit.state === 'open' ? formOf(`/connect/${token}/keep`, token, scene) : null}
      form={byHand ? { ...form, fields: { ...form.fields, by_hand: '1' }, newTab: true } : form}
      paste={
        byHand
          ? {
              host: new URL(registration.redirectUri).host,
              href: withLanguage(`/connect/${token}/paste`, scene),
            }
          : null
      }
      backHref={withLanguage(`/connect/${token}`, scene)}
    />,
    { leaving: true, telling: tellingTo(visit, [leaving], { sent: form.action }) },
  );
}

/** The company behind the administrations of a consent: that of the one open at the time. */
export function companyOf(divisions: readonly Division[]): string | null {
  const current = divisions.find((division) => division.current) ?? divisions[0];
  return current ? (current.customer ?? current.name) : null;
}

export function pastePage(scene: Scene, visit: Visit, token: string, wrong: PasteFault | null): Promise<Response> {
  const back = visit.state === 'open' ? withLanguage(`/connect/${token}/go`, scene) : null;
  return page(
    scene,
    'paste',
    <Paste
      locale={scene.locale}
      theme={scene.theme}
      redirectUri={visit.registration.redirectUri}
      wrong={wrong}
      form={formOf(withLanguage(`/connect/${token}/paste`, scene), token, scene)}
      backHref={back}
    />,
  );
}

type DoneOptions = {
  token: string /** Whether the reader is the browser that gave consent: only it sees who signed in. */;
  sameBrowser: boolean;
  accessHref: string | null;
  news: readonly News[];
};

function donePage(
  scene: Scene,
  visit: Visit,
  standing: Standing,
  { token, sameBrowser, accessHref, news }: DoneOptions,
): Promise<Response> {
  const { customer, ctx, registration } = visit;
  const divisions = sameBrowser ? standing.divisions : [];
  const parked = standing.custody === 'parked';
  return page(
    scene,
    'done',
    <Done
      locale={scene.locale}
      theme={scene.theme}
      sealedAt={standing.sealedAt}
      lapsesAt={standing.lapsesAt}
      exactUser={sameBrowser && standing.exactUser ? standing.exactUser : null}
      company={companyOf(divisions)}
      divisions={divisions}
      identityKnown={!sameBrowser || standing.identity === 'known'}
      accessHref={accessHref && withLanguage(accessHref, scene)}
      exactSecurityHref={securityCentreOf(registration.site, ctx.sandbox)}
      returnUrl={visit.returnUrl}
      receiptSentTo={sameBrowser ? customer.email : null}
      doubt={
        sameBrowser && standing.custody === 'sealed'
          ? tripForm(`/connect/${token}/doubt`, token, scene, scene.search.get('trip') ?? '')
          : null
      }
      parked={parked}
    />,
    { telling: tellingTo(visit, news) },
  );
}

/** The states in which the customer is done and the rest is the partner's to do. */
const waits: ReadonlySet<AccessState> = new Set(['sealed', 'expiring', 'parked']);

/** Where a permission stands now, and whether what the page after the provider says of it still holds. */
export async function standsNow(visit: Visit, standing: Standing): Promise<{ state: AccessState; waits: boolean }> {
  const state = accessStateOf(visit, standing, await readConnection(visit.ctx, visit.connection.id));
  return { state, waits: waits.has(state) };
}

/** What a used link and a result loaded again show: *Done* as long as that is so, later where the permission stands by then. */
export async function outcomePage(
  scene: Scene,
  visit: Visit,
  standing: Standing,
  options: DoneOptions,
): Promise<Response> {
  const now = await standsNow(visit, standing);
  if (now.waits) return donePage(scene, visit, standing, options);
  const { accessHref, news } = options;
  return page(
    scene,
    'myAccess',
    <WhereItStands
      locale={scene.locale}
      theme={scene.theme}
      state={now.state}
      lapsesAt={standing.lapsesAt}
      ownHref={accessHref && withLanguage(accessHref, scene)}
    />,
    { telling: tellingTo(visit, news) },
  );
}

/** The states in which something is held that could be withdrawn here. */
const held: ReadonlySet<AccessState> = new Set(['sealed', 'expiring', 'parked', 'claimed']);

/** Whether there is anything here to withdraw; what has left, only Exact Online can stop. */
export const canWithdraw = (visit: Visit, standing: Standing, connection: ConnectionView): boolean =>
  held.has(accessStateOf(visit, standing, connection));

/** Where the permission stands at this moment: the clock counts before the sweep does. */
export function accessStateOf(visit: Visit, standing: Standing, connection: ConnectionView): AccessState {
  const { custody, lapsesAt } = standing;
  switch (custody) {
    case 'sealed':
    case 'renewing':
    case 'parked':
    case 'claimed':
      if (visit.connection.withdrawnAt) return 'withdrawn';
      if (visit.ctx.clock.now() >= lapsesAt) return 'lapsed';
      if (custody === 'parked' || custody === 'claimed') return custody;
      return connection.status === 'expiring' ? 'expiring' : 'sealed';
    case 'shredded':
      return endOf(connection.handoff?.status, visit.connection.withdrawnAt !== null);
    default:
      return custody;
  }
}

function endOf(handoff: string | undefined, withdrawn: boolean): AccessState {
  if (handoff === 'confirmed') return 'registered';
  if (handoff === 'rejected' || handoff === 'unconfirmed') return handoff;
  return withdrawn ? 'withdrawn' : 'declined';
}

type AccessOptions = {
  token: string;
  /** Whether the reader is the browser that gave consent: only it sees who signed in, and for what. */
  sameBrowser: boolean;
  story: readonly StoryEntry[];
};

export function accessPage(
  scene: Scene,
  visit: Visit,
  standing: Standing,
  connection: ConnectionView,
  { token, sameBrowser, story }: AccessOptions,
): Promise<Response> {
  const { handoff } = connection;
  const delivered = handoff && ['delivered', 'confirmed', 'rejected', 'unconfirmed'].includes(handoff.status);
  const base = `/connect/${token}`;
  return page(
    scene,
    'myAccess',
    <MyAccess
      locale={scene.locale}
      theme={scene.theme}
      state={accessStateOf(visit, standing, connection)}
      now={visit.ctx.clock.now()}
      customerName={visit.customer.name}
      connectedAt={standing.sealedAt}
      lapsesAt={standing.lapsesAt}
      handedOverAt={delivered ? handoff.deliveredAt : null}
      recipient={delivered ? recipientName(handoff.target) : null}
      administrations={standing.divisions.length}
      given={
        sameBrowser
          ? {
              exactUser: standing.exactUser,
              company: companyOf(standing.divisions),
              divisions: standing.divisions,
            }
          : null
      }
      timeline={story}
      connectAgain={formOf(`${base}/again`, token, scene)}
      withdraw={formOf(`${base}/withdraw/confirm`, token, scene)}
      exactSecurityHref={securityCentreOf(visit.registration.site, visit.ctx.sandbox)}
    />,
  );
}

/** The system that received it, in words a customer knows; null for the partner's own. */
const recipientName = (target: string): string | null => (target === 'invantive-cloud' ? 'Invantive Cloud' : null);
