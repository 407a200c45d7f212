import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { closeAnchor } from '../anchor/index.ts';
import { config, parseConfig, useConfig } from '../config/index.ts';
import { connectDatabase, disconnectDatabase } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, StartError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { openCtx } from '../tenancy/index.ts';

/** The settings under which the instance in this data directory runs; an outside database brings its own. */
function environment(): Record<string, string | undefined> {
  const folder = path.resolve(process.env['WAXSEAL_DATA_DIR'] ?? '.waxseal');
  const file = path.join(folder, 'instance.json');
  if (
    process.env['DATABASE_URL'] &&
    process.env['WAXSEAL_ROOT_KEY_FILE'] &&
    process.env['WAXSEAL_SESSION_SECRET_FILE'] &&
    process.env['PUBLIC_URL']
  )
    return { WAXSEAL_SPOOL_DIR: path.join(folder, 'spool'), ...process.env }; // as a start has it
  if (!existsSync(file))
    throw new StartError(
      'No running Waxseal was found here; run "npm start" first, in another terminal, or set WAXSEAL_DATA_DIR.',
    );
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>), ...process.env };
}

/** The operator's own context at a partner. Throws StartError when there is none. */
export async function operatorCtx(partnerId: string | undefined): Promise<Ctx> {
  const known = partnerId && isId('partner', partnerId);
  const ctx = known ? await openCtx(partnerId, { kind: 'system', id: 'operator' }) : null;
  if (!ctx) throw new StartError(`There is no partner ${partnerId ?? ''}; name one with --partner ptn_….`);
  return ctx;
}

/**
 * Runs an operator's command on the running instance; `read` understands the command line before anything is opened. What
 * goes wrong is one sentence and exit code 1; `failed` opens the sentence for what nobody foresaw, of which only a code is
 * told.
 */
export async function onInstance(failed: string, read: () => () => Promise<void>): Promise<void> {
  try {
    const command = read();
    useConfig(parseConfig(environment()));
    connectDatabase(config().databaseUrl);
    await command();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const known = error instanceof StartError ? error.message : error instanceof AppError ? error.publicMessage : null;
    process.stderr.write(
      `${known ?? `${failed}${typeof code === 'string' ? ` (${code})` : ''}; is the database running? Start it with "npm start".`}\n`,
    );
    process.exitCode = 1;
  } finally {
    await closeAnchor();
    await disconnectDatabase();
  }
}

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
