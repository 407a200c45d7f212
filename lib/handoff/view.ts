import { inTenant } from '../db/index.ts';
import { minutes, plus } from '../kernel/clock.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import { Secret } from '../kernel/secret.ts';
import type { FileAnswer } from './answer.ts';
import { fileNameOf, formatOf } from './core/formats/catalogue.ts';
import { redeemHandoff } from './redeem.ts';
import { findHandoff, type HandoffRow } from './store.ts';

export const viewMinutes = 10;

const wrongWay = (fileFormat: string | null) =>
  fileFormat === null
    ? new AppError('not_redeemable', 'This handoff shows its values; it makes no file.')
    : new AppError('not_redeemable', 'This handoff leaves as a file; its values are not shown.');

/** What makes a handoff leave is asked before it leaves: it is never delivered to an eye or a disk it was not claimed for. */
async function deliverTo(ctx: Ctx, handoffId: string, asFile: boolean) {
  const handoff = await inTenant(ctx.partnerId, (tx) => findHandoff(tx, ctx, handoffId));
  if (!handoff) throw notFound();
  if ((handoff.fileFormat !== null) !== asFile) throw wrongWay(handoff.fileFormat);
  const until = plus(handoff.deliveredAt ?? ctx.clock.now(), minutes(viewMinutes));
  if (ctx.clock.now() >= until)
    throw new AppError(
      'window_over',
      `The ten minutes to ${asFile ? 'take the file' : 'copy the values'} are over. Report the outcome; if it did not work, ask the customer to connect again.`,
    );
  return { handoff, answer: await redeemHandoff(ctx, handoffId, 'console-view'), until };
}

/**
 * Shows a handoff's credentials to the member who claimed it: the first look redeems, later ones repeat it for the
 * same session within ten minutes (H10). Throws what `redeemHandoff` throws, not_redeemable for one that leaves as a file, and
 * window_over afterwards.
 */
export async function viewHandoff(ctx: Ctx, handoffId: string): Promise<{ bundle: Secret<string>; viewUntil: Date }> {
  const { answer, until } = await deliverTo(ctx, handoffId, false);
  return { bundle: answer, viewUntil: until };
}

export type TakenFile = { name: string; mediaType: string; content: Secret<string> };

function fileOf({ id, fileFormat }: HandoffRow, answer: Secret<string>): TakenFile {
  const said = JSON.parse(answer.reveal()) as FileAnswer | { bundle: string };
  if ('file' in said)
    return { name: said.file.name, mediaType: said.file.media_type, content: new Secret(said.file.content) };
  const name = fileNameOf(id, formatOf(fileFormat ?? ''), true);
  return { name, mediaType: 'application/jose', content: new Secret(said.bundle) }; // RFC 7515 §9.2.1
}

/**
 * Gives a handoff's file to the member who claimed it: the first time is the delivery, and the same session gets the same bytes
 * again within ten minutes. Encrypted where the claim named a key. Throws as `viewHandoff` does.
 */
export async function takeFile(ctx: Ctx, handoffId: string): Promise<TakenFile> {
  const { handoff, answer } = await deliverTo(ctx, handoffId, true);
  return fileOf(handoff, answer);
}
