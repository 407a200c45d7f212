import { seeOther } from '#lib/browser/index.ts';
import { inTenant } from '#lib/db/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { addRegistration } from '#lib/sandbox/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { RegistrationInput, readRegistration } from '#lib/tenancy/index.ts';
import { posted } from '../../_parts/registration.ts';

const isThere = (ctx: Ctx, id: string) =>
  inTenant(ctx.partnerId, (tx) => readRegistration(tx, ctx, id)).then(
    () => true,
    () => false,
  );

/** Stores a new client registration under the id whose redirect URL was printed. */
export const POST = consolePost('edit_registrations', async ({ member: { ctx }, form }) => {
  const id = form.get('id') ?? '';
  // Pressed twice: the first one did it.
  if (await isThere(ctx, id)) return seeOther(`/console/registrations/${id}`);
  const input = RegistrationInput.parse({ ...posted(form), client_secret: form.get('client_secret') ?? '' });
  const registration = await addRegistration(ctx, input, id);
  return seeOther(`/console/registrations/${registration.id}?saved=new`);
});
