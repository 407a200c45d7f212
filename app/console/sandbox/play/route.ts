import { seeOther } from '#lib/browser/index.ts';
import { PlayInput, setPlay } from '#lib/sandbox/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { filled } from '../../_parts/query.ts';

/** Sets how the simulated Exact Online treats one app from here on. */
export const POST = consolePost('advance_clock', async ({ member: { ctx }, form }) => {
  const persona = form.get('persona');
  const input = PlayInput.parse({
    policy: filled(form, 'policy'),
    ...(persona === null ? {} : { persona: persona === '' ? null : persona }),
    fault: filled(form, 'fault'),
  });
  await setPlay(ctx, form.get('registration_id') ?? '', input);
  return seeOther('/console/sandbox');
});
