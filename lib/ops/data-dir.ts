import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { StartError } from '../kernel/errors.ts';

/** Version of the folder's layout; a build that cannot read an older or newer one says so instead of guessing. */
const layoutVersion = '1';

export type DataDir = { folder: string; file(name: string): string };

/** Opens the data directory, making it on first start. Throws StartError for one of another version. */
export function openDataDir(folder: string): DataDir {
  const file = (name: string) => path.join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new StartError(
      `The data directory ${folder} cannot be made; set WAXSEAL_DATA_DIR to a folder that can.`,
      error,
    );
  }
  const marker = file('version');
  const found = existsSync(marker) ? readFileSync(marker, 'utf8').trim() : null;
  if (found !== null && found !== layoutVersion) {
    throw new StartError(
      `The data directory ${folder} has layout version ${found} and this build reads ${layoutVersion}; set WAXSEAL_DATA_DIR to another folder.`,
    );
  }
  if (found === null) writeFileSync(marker, `${layoutVersion}\n`);
  return { folder, file };
}

/** Takes the folder for this process. Throws StartError while another that is alive holds it. */
export function lockDataDir({ folder, file }: DataDir): void {
  const lock = file('start.pid');
  const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
  if (holder && holder !== process.pid && isAlive(holder)) {
    throw new StartError(
      `Another Waxseal (process ${holder}) uses the data directory ${folder}; stop it, or set WAXSEAL_DATA_DIR to another folder.`,
    );
  }
  writeFileSync(lock, String(process.pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

function flush(place: string): void {
  const handle = openSync(place, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * A secret of this instance, made once and readable by its owner only. Written aside, on the disk before it has its name:
 * a power cut must not leave an empty key, nor data sealed under one that is gone.
 */
export function keepSecret(file: string, bytes: number): string {
  if (existsSync(file)) return file;
  const aside = `${file}.new`;
  rmSync(aside, { force: true });
  writeFileSync(aside, `${randomBytes(bytes).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  renameSync(aside, file);
  if (process.platform !== 'win32') flush(path.dirname(file)); // the name, too
  return file;
}
