import { NewLinkAsked } from '#components/customer/new-link.tsx';
import { readForm, seeOther } from '#lib/browser/index.ts';
import { sendNewLink, visitInvitation } from '#lib/consent/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { page, sceneOf, unknownLink } from '../../_pages/respond.tsx';

type Route = { params: Promise<{ token: string }> };

/** *Send me a new link*: to the address the partner gave. The answer is the same whether one was sent or not. */
export const POST = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  await sendNewLink(visit);
  const scene = sceneOf(request, visit, form);
  return page(scene, 'newLink', <NewLinkAsked locale={scene.locale} theme={scene.theme} />);
});

/** A page that was loaded again: nothing is asked for twice. */
export const GET = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  return (await visitInvitation(token)) ? seeOther(`/connect/${token}`) : unknownLink(request);
});
