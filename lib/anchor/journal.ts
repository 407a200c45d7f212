import { randomBytes } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { days, seconds, wallClock } from '../kernel/clock.ts';
import { Line } from './lines.ts';

/** Longer than any token lives, so that whatever a backup can still hold is judged. */
const keptFor = days(35);
/** A disk that hangs must not hang a handoff (D8, D27). */
const patience = seconds(5);

type Waiting = { text: string; durable: boolean; done: () => void; failed: (error: unknown) => void };

const today = () => wallClock.now().toISOString().slice(0, 10);

type Open = { handle: FileHandle; path: string; day: string; holds: boolean };

/** One process's file of a journal: appended to, never changed; another one each day, and after an error. */
export class Journal {
  readonly #folder: string;
  #file: Open | null = null;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;
  #late = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether the last thing that was to be written was, and in time. */
  get sound(): boolean {
    return this.#file !== null && !this.#late;
  }

  /** Appends a line; durable when this resolves, if that was asked. Those who wait at the same moment share one sync. */
  append(text: string, durable: boolean): Promise<void> {
    const written = new Promise<void>((done, failed) => {
      this.#waiting.push({ text, durable, done, failed });
    });
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return inTime(written, () => {
      // What hangs is waited for: another file beside it would hang as well, and each holds one of the process's few
      // threads for files.
      this.#late = true;
    });
  }

  async close(): Promise<void> {
    await this.#writing?.catch(() => {});
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const left = this.#file;
    this.#file = null;
    await left?.handle.close().catch(() => {});
    if (left && !left.holds) await rm(left.path, { force: true }).catch(() => {}); // nobody was told that it is written
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        const file = await this.#open();
        await file.handle.appendFile(batch.map(({ text }) => `${text}\n`).join(''));
        if (batch.some(({ durable }) => durable)) await file.handle.datasync();
        file.holds = true;
        this.#late = false;
        for (const { done } of batch) done();
      } catch (error) {
        // What was cut short stays behind in its file, if that holds anything else; the next line begins a new one.
        await this.#leave();
        for (const { failed } of batch) failed(error);
      }
    }
  }

  async #open(): Promise<Open> {
    const day = today();
    if (this.#file?.day === day) return this.#file;
    await this.#leave();
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await forgetOld(this.#folder);
    const name = path.join(this.#folder, `${day}-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`);
    this.#file = { handle: await open(name, 'ax', 0o600), path: name, day, holds: false };
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync(); // the name, too
    } finally {
      await folder.close();
    }
    return this.#file;
  }
}

function inTime(written: Promise<void>, onLate: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(new Error('the journal does not answer'));
    }, patience);
    timer.unref();
  });
  return Promise.race([written, late]).finally(() => clearTimeout(timer));
}

/**
 * Deletes what nobody wrote to for longer than any token lives: by the wall clock, and with journals of as many later days
 * beside it. A clock that jumps ahead, or a house that stood still, makes nothing old by itself.
 */
async function forgetOld(folder: string): Promise<void> {
  const before = wallClock.now().getTime() - keptFor;
  const found: { file: string; writtenAt: number }[] = [];
  for (const name of (await readdir(folder)).filter(isJournal)) {
    const file = path.join(folder, name);
    const { mtimeMs } = (await stat(file).catch(() => null)) ?? {}; // another process may have been quicker
    if (mtimeMs !== undefined) found.push({ file, writtenAt: mtimeMs });
  }
  const written = [...new Set(found.map(({ writtenAt }) => dayOf(writtenAt)))].sort((a, b) => b - a);
  const oldest = written[keptFor / days(1)] ?? Number.NEGATIVE_INFINITY;
  for (const { file, writtenAt } of found)
    if (writtenAt < before && dayOf(writtenAt) <= oldest) await rm(file, { force: true });
}

const dayOf = (time: number) => Math.floor(time / days(1));

const isJournal = (name: string) => name.endsWith('.jsonl');

/** The files of journals, in the order of their names; folders that are not there hold none. */
export function journalFiles(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    try {
      return readdirSync(folder)
        .filter(isJournal)
        .sort()
        .map((name) => path.join(folder, name))
        .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** A file's lines, in order; what is none (cut short by a crash or a full disk) is handed to `onDamaged`. */
export async function* readJournal(file: string, onDamaged: () => void = () => {}): AsyncGenerator<Line> {
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (text === '') continue;
    const line = parse(text);
    if (line) yield line;
    else onDamaged();
  }
}

function parse(text: string): Line | null {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
