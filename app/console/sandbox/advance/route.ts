import { seeOther } from '#lib/browser/index.ts';
import { log } from '#lib/log/index.ts';
import { AdvanceInput, advanceSandbox } from '#lib/sandbox/index.ts';
import { consolePost } from '#lib/session/index.ts';
import { backOf } from '../../_parts/query.ts';

/** Lets time pass in a sandbox. */
export const POST = consolePost('advance_clock', async ({ member, form }) => {
  const { seconds } = AdvanceInput.parse({ seconds: Number(form.get('seconds')) });
  const report = (error: unknown) => log().error({ err: error }, 'due work failed');
  const { secondsLeft } = await advanceSandbox(member.ctx, seconds, report);
  return seeOther(secondsLeft > 0 ? `/console/sandbox?left=${secondsLeft}` : backOf(form));
});
