import { WithdrawConfirm } from '#components/customer/withdrawn.tsx';
import { readForm } from '#lib/browser/index.ts';
import { visitAccess } from '#lib/consent/index.ts';
import { guarded } from '../../../_pages/guard.ts';
import { page, sceneOf, unknownLink } from '../../../_pages/respond.tsx';
import { formOf, withLanguage } from '../../../_pages/screens.tsx';

/** *Withdraw*, first press: says what will happen and asks once more. */
export const POST = guarded(async (request: Request, { params }: { params: Promise<{ token: string }> }) => {
  const { token } = await params;
  const visit = await visitAccess(token);
  if (!visit) return unknownLink(request);
  const form = await readForm(request, token, visit.partner.home);
  const scene = sceneOf(request, visit, form);
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
