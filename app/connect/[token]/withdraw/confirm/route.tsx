import { WithdrawConfirm } from '#components/customer/withdrawn.tsx';
import { readForm, seeOther } from '#lib/browser/index.ts';
import { readConnection } from '#lib/connections/index.ts';
import { visitAccess } from '#lib/consent/index.ts';
import { guarded } from '../../../_pages/guard.ts';
import { page, sceneOf, unknownLink } from '../../../_pages/respond.tsx';
import { canWithdraw, formOf, withLanguage } from '../../../_pages/screens.tsx';

/** *Withdraw*, first press: says what will happen and asks once more. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitAccess(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  const scene = sceneOf(request, visit, form);
  const { ctx, connection, standing } = visit;
  if (!standing || !canWithdraw(visit, standing, await readConnection(ctx, connection.id)))
    return seeOther(withLanguage(`/connect/${token}`, scene)); // an old tab: nothing is held here any more
  return page(
    scene,
    'withdraw',
    <WithdrawConfirm
      locale={scene.locale}
      theme={scene.theme}
      customerName={visit.customer.name}
      form={formOf(`/connect/${token}/withdraw`, token, scene)}
      backHref={withLanguage(`/connect/${token}`, scene)}
    />,
  );
});
