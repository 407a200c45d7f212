import { BeforeYouGo } from '#components/customer/before-you-go.tsx';
import { Done } from '#components/customer/done.tsx';
import { type AccessState, MyAccess } from '#components/customer/my-access.tsx';
import type { FormProps } from '#components/customer/parts.tsx';
import type { Telling } from '#components/customer/tell.tsx';
import { Welcome } from '#components/customer/welcome.tsx';
import { formToken } from '#lib/browser/index.ts';
import type { ConnectionView } from '#lib/connections/index.ts';
import { linkUrl, type News, openedNews, type Standing, type Visit } from '#lib/consent/index.ts';
import { hostOfSite, securityCentreOf } from '#lib/providers/index.ts';
import { page, type Scene } from './respond.tsx';

/** A form of a customer's page: bound to the link it stands on, carrying the language along. */
export const formOf = (action: string, token: string, scene: Scene): FormProps => ({
  action,
  csrf: formToken(token),
  fields: { lang: scene.locale },
});

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
      forward={invitation.channel === 'embed' ? null : linkUrl(token)}
    />,
    { telling: tellingTo(visit, [openedNews(visit)]) },
  );
}

/** What the customer already gave and would replace, said before they leave (design §4, Supersede). */
function standingOf(standing: Standing | null, connection: ConnectionView) {
  if (!standing) return null;
  const delivered = connection.handoff?.status === 'delivered' || connection.handoff?.status === 'confirmed';
  if (!['sealed', 'claimed', 'parked'].includes(standing.custody) && !delivered) return null;
  return {
    kind: delivered ? ('handed_over' as const) : ('sealed' as const),
    sealedAt: standing.sealedAt,
    lapsesAt: standing.lapsesAt,
    who: standing.exactUser?.fullName || null,
  };
}

export function beforeYouGoPage(
  scene: Scene,
  visit: Visit,
  token: string,
  connection: ConnectionView,
  leaving: News,
): Promise<Response> {
  const { registration } = visit;
  return page(
    scene,
    'beforeYouGo',
    <BeforeYouGo
      locale={scene.locale}
      theme={scene.theme}
      site={registration.site}
      exactHost={hostOfSite(registration.site, visit.ctx.sandbox)}
      standing={standingOf(visit.standing, connection)}
      form={formOf(`/connect/${token}/go`, token, scene)}
      backHref={withLanguage(`/connect/${token}`, scene)}
    />,
    { leaving: true, telling: tellingTo(visit, [leaving], 'submit') },
  );
}

type DoneOptions = {
  token: string /** Whether the reader is the browser that gave consent: only it sees who signed in. */;
  sameBrowser: boolean;
  accessHref: string | null;
  news: readonly News[];
};

export function donePage(
  scene: Scene,
  visit: Visit,
  standing: Standing,
  { token, sameBrowser, accessHref, news }: DoneOptions,
): Promise<Response> {
  const { customer, ctx, registration } = visit;
  const divisions = sameBrowser ? standing.divisions : [];
  const current = divisions.find((division) => division.current) ?? divisions[0];
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
      company={current ? (current.customer ?? current.name) : null}
      divisions={divisions}
      identityKnown={!sameBrowser || standing.identity === 'known'}
      accessHref={accessHref && withLanguage(accessHref, scene)}
      exactSecurityHref={securityCentreOf(registration.site, ctx.sandbox)}
      receiptSentTo={sameBrowser ? customer.email : null}
      doubt={
        sameBrowser && standing.custody === 'sealed'
          ? formOf(
              `/connect/${token}/doubt${scene.search.has('trip') ? `?trip=${encodeURIComponent(scene.search.get('trip') ?? '')}` : ''}`,
              token,
              scene,
            )
          : null
      }
      parked={parked}
    />,
    { telling: tellingTo(visit, news) },
  );
}

function accessStateOf(visit: Visit, standing: Standing, connection: ConnectionView): AccessState {
  if (standing.custody === 'handed_over') return 'handed_over';
  if (standing.custody === 'shredded') {
    if (connection.handoff?.status === 'confirmed') return 'registered';
    if (visit.connection.withdrawnAt) return 'withdrawn';
    return connection.handoff ? 'handed_over' : 'withdrawn';
  }
  if (standing.custody === 'sealed' || standing.custody === 'renewing') {
    if (connection.status === 'expiring') return 'expiring';
    return visit.ctx.clock.now() >= standing.lapsesAt ? 'lapsed' : 'sealed';
  }
  return standing.custody;
}

export function accessPage(
  scene: Scene,
  visit: Visit,
  standing: Standing,
  connection: ConnectionView,
  token: string,
): Promise<Response> {
  const { handoff } = connection;
  const state = accessStateOf(visit, standing, connection);
  const current = standing.divisions.find((division) => division.current) ?? standing.divisions[0];
  const delivered = handoff && ['delivered', 'confirmed', 'rejected', 'unconfirmed'].includes(handoff.status);
  const base = `/connect/${token}`;
  return page(
    scene,
    'myAccess',
    <MyAccess
      locale={scene.locale}
      theme={scene.theme}
      state={state}
      now={visit.ctx.clock.now()}
      customerName={visit.customer.name}
      connectedAt={standing.sealedAt}
      lapsesAt={standing.lapsesAt}
      handedOverAt={delivered ? handoff.deliveredAt : null}
      recipient={delivered ? recipientName(handoff.target) : null}
      exactUser={standing.exactUser}
      company={current ? (current.customer ?? current.name) : null}
      divisions={standing.divisions}
      timeline={[]}
      connectAgain={formOf(`${base}/again`, token, scene)}
      withdraw={visit.connection.withdrawnAt ? null : formOf(`${base}/withdraw/confirm`, token, scene)}
      exactSecurityHref={securityCentreOf(visit.registration.site, visit.ctx.sandbox)}
    />,
  );
}

/** The system that received it, in words a customer knows; null for the partner's own. */
const recipientName = (target: string): string | null => (target === 'invantive-cloud' ? 'Invantive Cloud' : null);
