import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { partnersWithTrail, readSignedHead, signHead, verifyChain } from '../audit/index.ts';
import { StartError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { onInstance, operatorCtx, say } from './instance.ts';

/**
 * `npm run audit -- …`: `head` prints a partner's signed head, to be kept where nobody of this instance can change it;
 * `verify` walks the trails and says what does not fit. Exit code 1 when something does not; the last line is one JSON object.
 */
const usage = `npm run audit -- head --partner ptn_… > head.jws
       npm run audit -- verify [--partner ptn_… [--head head.jws]]`;

type Flags = { partner?: string | undefined; head?: string | undefined };

async function head({ partner }: Flags): Promise<void> {
  const ctx = await operatorCtx(partner);
  const jws = await signHead(ctx.partnerId, ctx.clock.now());
  if (!jws) throw new StartError('This partner has no trail yet.');
  say(jws);
}

function readJws(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new StartError(`The signed head ${file} cannot be read.`, error);
  }
}

async function verify({ partner, head: file }: Flags): Promise<void> {
  if (partner !== undefined && !isId('partner', partner)) throw new StartError(`There is no partner ${partner}.`);
  if (file !== undefined && partner === undefined)
    throw new StartError('A signed head is of one partner: name it with --partner ptn_….');
  const signed = file && partner ? await readSignedHead(partner, readJws(file)) : null;
  if (file && !signed)
    throw new StartError(`${file} is not a head of this partner, signed by a key it has; nothing was verified.`);
  const verdicts = [];
  for (const partnerId of partner ? [partner] : await partnersWithTrail()) {
    const verdict = await verifyChain(partnerId, signed || null);
    verdicts.push(verdict);
    say(
      `${partnerId}: ${verdict.intact ? 'intact' : 'BROKEN'}, ${verdict.checked} rows in the chain, ${verdict.beforeChain} from before it`,
    );
    for (const { kind, seq, id } of verdict.findings) say(`  ${kind}: row ${seq ?? 'before the chain'} ${id ?? ''}`);
  }
  const intact = verdicts.every((verdict) => verdict.intact);
  if (!intact) process.exitCode = 1;
  say(JSON.stringify({ intact, partners: verdicts }));
}

function readCommand(): () => Promise<void> {
  try {
    const options = { partner: { type: 'string' }, head: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const command = positionals.length === 1 ? { head, verify }[positionals[0] ?? ''] : undefined;
    if (command) return () => command(values);
  } catch {
    // an unknown flag is answered as an unknown command is
  }
  throw new StartError(`Usage: ${usage}`);
}

await onInstance('The trail could not be read', readCommand);
