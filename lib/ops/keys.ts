import { parseArgs } from 'node:util';
import { StartError } from '../kernel/errors.ts';
import {
  allPartners,
  destroyRetired,
  drainBeforeDestroying,
  type KeyStatus,
  keyStatus,
  reencrypt,
  rotatable,
  rotateKeys,
  rotateRoot,
} from '../keys/index.ts';
import { onInstance, operatorCtx, say } from './instance.ts';

/**
 * `npm run keys -- …`: the keys of the running instance, changed while it runs. Every command may be cut off and given again.
 * The last line is one JSON object.
 */
const usage = `npm run keys -- status [--partner ptn_…]
       npm run keys -- rotate-root
       npm run keys -- rotate --partner ptn_… [--purpose ${rotatable.join('|')}]
       npm run keys -- re-encrypt --partner ptn_… [--destroy]
         --destroy also ends the keys that no record names any more and that have been retired for a day. What
         waits on this instance's disk (WAXSEAL_SPOOL_DIR) comes in first; nothing is destroyed while some of it
         cannot. Other instances of the same database must have been up within that day: theirs is not seen here.`;

type Flags = { partner?: string | undefined; purpose?: string | undefined; destroy?: boolean | undefined };

const lineOf = ({ id, purpose, state, records, rootKeyId }: KeyStatus) =>
  `  ${purpose.padEnd(15)} ${state.padEnd(9)} ${String(records).padStart(7)} records  ${id}  ${state === 'destroyed' ? '-' : (rootKeyId ?? 'unnamed')}`;

async function status({ partner }: Flags): Promise<void> {
  const partners = partner ? [(await operatorCtx(partner)).partnerId] : await allPartners();
  const all: Record<string, KeyStatus[]> = {};
  for (const partnerId of partners) {
    const keys = await keyStatus(partnerId);
    all[partnerId] = keys;
    say(partnerId);
    for (const key of keys) say(lineOf(key));
  }
  say(JSON.stringify(all));
}

async function changeRoot(): Promise<void> {
  const change = await rotateRoot();
  if (change.unreadable.length > 0) {
    say(
      `No known root key opens ${change.unreadable.length} keys; add the file that does to WAXSEAL_OLD_ROOT_KEY_FILES.`,
    );
    process.exitCode = 1;
  } else
    say(
      `Everything is wrapped under ${change.rootKeyId}. Restart without WAXSEAL_OLD_ROOT_KEY_FILES; keep the old file as long as a backup of before is to be readable, then destroy it.`,
    );
  say(JSON.stringify(change));
}

async function rotate({ partner, purpose }: Flags): Promise<void> {
  const ctx = await operatorCtx(partner);
  const wanted = purpose === undefined ? rotatable : rotatable.filter((each) => each === purpose);
  if (wanted.length === 0) throw new StartError(`There is no key of purpose ${purpose} to rotate.\nUsage: ${usage}`);
  const made = await rotateKeys(ctx, wanted);
  say(`${made.length} new keys. What the old ones sealed stays readable; "re-encrypt" seals it under the new ones.`);
  say(JSON.stringify({ partnerId: ctx.partnerId, rotated: made }));
}

const complain = () => say('An answer that waits on disk could not be brought in.'); // what is wrong may name what it holds

async function sealAnew({ partner, destroy = false }: Flags): Promise<void> {
  const ctx = await operatorCtx(partner);
  if (destroy) await drainBeforeDestroying(complain); // what comes in is sealed anew with the rest
  const done = await reencrypt(ctx);
  const destroyed = destroy ? await destroyRetired(ctx, complain) : [];
  if (done.unreadable > 0) {
    say(`${done.unreadable} records did not open and were left as they are; their keys are kept.`);
    process.exitCode = 1;
  }
  say(JSON.stringify({ partnerId: ctx.partnerId, ...done, destroyed }));
}

const commands: Record<string, (flags: Flags) => Promise<void>> = {
  status,
  'rotate-root': changeRoot,
  rotate,
  're-encrypt': sealAnew,
};

function readCommand(): () => Promise<void> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { partner: { type: 'string' }, purpose: { type: 'string' }, destroy: { type: 'boolean' } },
    });
    const command = commands[positionals[0] ?? ''];
    if (command && positionals.length === 1) return () => command(values);
  } catch {
    // an unknown flag is answered as an unknown command is
  }
  throw new StartError(`Usage: ${usage}`);
}

await onInstance('The keys could not be changed', readCommand);
