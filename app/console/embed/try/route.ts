import { config } from '#lib/config/index.ts';
import { createInvitation } from '#lib/consent/index.ts';
import { AppError } from '#lib/kernel/errors.ts';
import { consoleJson } from '#lib/session/index.ts';
import { listRegistrations } from '#lib/tenancy/index.ts';

/** An invitation for the playground of the documentation: in a sandbox only, told to our own page. */
export const POST = consoleJson('invite', async ({ member: { ctx, member } }) => {
  if (!ctx.sandbox) throw new AppError('sandbox_only', 'The playground is for a sandbox; go to yours in the console.');
  const [registration] = await listRegistrations(ctx);
  if (!registration) throw new AppError('invalid_request', 'Add a client registration to your sandbox first.');
  const made = await createInvitation(
    ctx,
    {
      customer: { name: 'Playground', external_id: 'waxseal-playground', locale: 'en' },
      ...{ client_registration_id: registration.id, channel: 'embed', origin: config().publicUrl },
    },
    member.name,
  );
  return { url: made.url.reveal() };
});
