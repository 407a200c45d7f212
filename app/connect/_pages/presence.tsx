import { ConfirmAccount } from '#components/customer/confirm-account.tsx';
import { Kept } from '#components/customer/kept.tsx';
import { type FaultKind, PutRight } from '#components/customer/put-right.tsx';
import { faultOf, type News, type Standing, type Visit } from '#lib/consent/index.ts';
import type { Expected } from '#lib/custody/index.ts';
import { codeOf } from '#lib/kernel/code.ts';
import { securityCentreOf } from '#lib/providers/index.ts';
import { page, type Scene } from './respond.tsx';
import { companyOf, formOf, tellingTo, tripForm } from './screens.tsx';

type Presence = { token: string; news: readonly News[]; requestId: string };

/** The form that leaves for the provider once more: as somebody else, or as whoever is signed in there. */
const goAgain = (token: string, scene: Scene, as: 'other' | 'same') => {
  const form = formOf(`/connect/${token}/go`, token, scene);
  return as === 'other' ? { ...form, fields: { ...form.fields, force_login: '1' } } : form;
};

/** Whom and what the invitation asks for. */
const askedOf = ({ invitation }: Visit) => {
  const expected = invitation.expected as Expected | null;
  return { user: expected?.exact_user ?? null, division: expected?.division ? String(expected.division) : null };
};

const accountOf = ({ exactUser, divisions }: Standing) => ({ exactUser, divisions, company: companyOf(divisions) });

/** *Is this right?*, for the browser that gave the consent. */
export function confirmPage(scene: Scene, visit: Visit, standing: Standing, { token, news, requestId }: Presence) {
  const required = standing.custody === 'parked';
  return page(
    scene,
    'confirm',
    <ConfirmAccount
      locale={scene.locale}
      theme={scene.theme}
      {...accountOf(standing)}
      asked={askedOf(visit)}
      required={required}
      yes={tripForm(`/connect/${token}/confirm`, token, scene, requestId)}
      other={goAgain(token, scene, 'other')}
      doubt={required ? null : tripForm(`/connect/${token}/doubt`, token, scene, requestId)}
    />,
    { leaving: true, telling: tellingTo(visit, news) },
  );
}

/** The administration that is open at the provider, by number and as much of a name as is known. */
function openOf({ current, divisions }: Standing): string | null {
  if (!current) return null;
  const name = divisions.find(({ code }) => code === current.code)?.name ?? current.customer;
  return name ? `${current.code} ${name}` : String(current.code);
}

/** What is wrong with the consent, for the browser that gave it, while it can still be put right. */
export function putRightPage(scene: Scene, visit: Visit, standing: Standing, { token, news, requestId }: Presence) {
  const looked = scene.search.get('look');
  return page(
    scene,
    'fix',
    <PutRight
      locale={scene.locale}
      theme={scene.theme}
      {...accountOf(standing)}
      fault={faultOf(standing) as FaultKind}
      asked={askedOf(visit)}
      open={openOf(standing)}
      exactHref={securityCentreOf(visit.registration.site, visit.ctx.sandbox)}
      check={
        standing.lookable && visit.registration.preflight
          ? tripForm(`/connect/${token}/check`, token, scene, requestId)
          : null
      }
      again={goAgain(token, scene, 'same')}
      another={goAgain(token, scene, 'other')}
      said={looked === 'seen' ? 'still' : looked === 'unreadable' ? 'unreadable' : null}
      code={codeOf(requestId)}
    />,
    { leaving: true, telling: tellingTo(visit, news) },
  );
}

/** The customer keeps what they gave before. */
export const keptPage = (scene: Scene, visit: Visit, news: readonly News[]) =>
  page(scene, 'kept', <Kept locale={scene.locale} theme={scene.theme} returnUrl={visit.returnUrl} />, {
    telling: tellingTo(visit, news),
  });
