import { seeOther } from '#lib/browser/index.ts';
import { planRenewals } from '#lib/custody/index.ts';
import { inTenant } from '#lib/db/index.ts';
import { shareWithSimulator } from '#lib/sandbox/index.ts';
import { consolePost, requireFresh } from '#lib/session/index.ts';
import { changeRegistration, isSensitive, RegistrationChange, readRegistration } from '#lib/tenancy/index.ts';
import { posted } from '../../../_parts/registration.ts';

/** Changes a client registration; an empty secret keeps the one there is. */
export const POST = consolePost('edit_registrations', async ({ member, form, params }) => {
  const { ctx } = member;
  const secret = form.get('client_secret') ?? '';
  const input = RegistrationChange.parse({ ...posted(form), ...(secret ? { client_secret: secret } : {}) });
  const id = await inTenant(ctx.partnerId, async (tx) => {
    if (isSensitive(await readRegistration(tx, ctx, params['id'] ?? ''), input)) requireFresh(member);
    const changed = await changeRegistration(ctx, params['id'] ?? '', input);
    if (changed.replan) await planRenewals(tx, ctx, changed.id, changed.renew);
    return changed.id;
  });
  await shareWithSimulator(ctx, id);
  return seeOther(`/console/registrations/${id}?saved=changes`);
});
