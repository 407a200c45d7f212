import { RemindersStopped, StopReminders } from '#components/customer/stop.tsx';
import { readFormOrOneClick } from '#lib/browser/index.ts';
import { stopFromLink, type Visit, visitInvitation } from '#lib/consent/index.ts';
import { guarded } from '../../_pages/guard.ts';
import { page, type Scene, sceneOf, unknownLink } from '../../_pages/respond.tsx';
import { formOf, withLanguage } from '../../_pages/screens.tsx';

type Route = { params: Promise<{ token: string }> };

function stoppedPage(scene: Scene, { state, invitation }: Visit, token: string): Promise<Response> {
  const request =
    state === 'open' ? { href: withLanguage(`/connect/${token}`, scene), until: invitation.expiresAt } : null;
  return page(scene, 'stop', <RemindersStopped locale={scene.locale} theme={scene.theme} request={request} />);
}

/** Where the last link of a reminder leads. Reading changes nothing (TH9). */
export const GET = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const scene = sceneOf(request, visit);
  if (visit.state !== 'open' || visit.invitation.remindersStoppedAt) return stoppedPage(scene, visit, token);
  const form = formOf(`/connect/${token}/stop`, token, scene);
  return page(scene, 'stop', <StopReminders locale={scene.locale} theme={scene.theme} form={form} />);
});

/** The button of that page, or the one of a mail reader (RFC 8058), which carries neither cookie nor token of ours. */
export const POST = guarded(async (request: Request, { params }: Route) => {
  const { token } = await params;
  const visit = await visitInvitation(token);
  if (!visit) return unknownLink(request);
  const form = await readFormOrOneClick(request, token, visit.partner.home);
  await stopFromLink(visit, form ? 'link' : 'one_click');
  return stoppedPage(sceneOf(request, visit, form ?? undefined), visit, token);
});
