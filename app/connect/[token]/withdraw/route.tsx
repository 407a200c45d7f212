import { Withdrawn } from '#components/customer/withdrawn.tsx';
import { readForm, seeOther } from '#lib/browser/index.ts';
import { readConnection } from '#lib/connections/index.ts';
import { visitAccess, withdrawConsent } from '#lib/consent/index.ts';
import { securityCentreOf } from '#lib/providers/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { page, sceneOf, unknownLink } from '../../_pages/respond.tsx';
import { accessStateOf, formOf, withLanguage } from '../../_pages/screens.tsx';

/** *Withdraw*, for good: what is still held is shredded before the page says so. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitAccess(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  const scene = sceneOf(request, visit, form);
  await withdrawConsent(visit);
  const after = await visitAccess(token);
  // What has left cannot be taken back here: the lasting page says so, and where it can be stopped.
  if (
    !after?.standing ||
    accessStateOf(after, after.standing, await readConnection(after.ctx, after.connection.id)) !== 'withdrawn'
  )
    return seeOther(withLanguage(`/connect/${token}`, scene));
  return page(
    scene,
    'withdrawn',
    <Withdrawn
      locale={scene.locale}
      theme={scene.theme}
      withdrawnAt={visit.ctx.clock.now()}
      connectAgain={formOf(`/connect/${token}/again`, token, scene)}
      exactSecurityHref={securityCentreOf(visit.registration.site, visit.ctx.sandbox)}
    />,
  );
});
