import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { log } from '../log/index.ts';
import { kindOf } from './kind.ts';
import { type Drawn, limits, type Refusal } from './limits.ts';

export { type Drawn, limits };
export type Logo = Drawn & { readonly bytes: Uint8Array<ArrayBuffer> };

const sentences: Record<Refusal, string> = {
  not_a_picture: 'This is not a PNG, JPEG or WebP picture that can be read. Nothing was kept.',
  too_many_pixels: `This picture has more pixels than we draw (${limits.inPixels / 1e6} million); make it smaller, 1280 × 320 is plenty. Nothing was kept.`,
  too_small: `This picture is too small; a logo has at least ${limits.leastSide} pixels each way. Nothing was kept.`,
  empty: 'Nothing can be seen in this picture: all of it is transparent. Nothing was kept.',
  too_heavy: 'This picture stays larger than 64 kB at logo size; use one with fewer details. Nothing was kept.',
};

const refusedBecause = (why: Refusal) => new AppError('invalid_request', sentences[why]);

const mostSeconds = 8;
/** How a process ends that outgrew its memory (draw.ts). */
const tooMuchMemory = 70;
const mostWaiting = 3;

/** A process that has none of our environment, may read its own code and nothing else, write nothing and start nothing. */
function startDrawing() {
  const packages = path.resolve('node_modules');
  const readable = [packages, realpathSync(packages), path.resolve('lib', 'logo'), path.resolve('package.json')];
  const rights = ['--permission', '--allow-addons', ...readable.map((place) => `--allow-fs-read=${place}`)];
  return spawn(
    process.execPath,
    ['--no-warnings', '--max-old-space-size=64', ...rights, path.resolve('lib', 'logo', 'draw.ts')],
    {
      env: { NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: mostSeconds * 1000,
      killSignal: 'SIGKILL',
    },
  );
}

/** What the process said, however it ended; whatever it writes beyond an answer's size ends it. */
function heardFrom(upload: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = startDrawing();
    const chunks: Buffer[] = [];
    let size = 0;
    child.once('error', reject);
    child.stdin.on('error', () => {}); // it may be gone before it has read everything
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.outBytes + 1024) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.once('close', (code, signal) => {
      // Ended by itself and not by us: it could not start, and no picture is at fault.
      if (code !== null && code !== 0 && code !== tooMuchMemory) reject(new Error(`drawing ended with code ${code}`));
      else if (signal) log().warn({ signal }, 'drawing a logo was ended');
      resolve(Buffer.concat(chunks));
    });
    child.stdin.end(upload);
  });
}

const Answer = z.union([
  z.object({
    media: z.enum(['png', 'webp']),
    width: z.int().min(1).max(limits.outWidth),
    height: z.int().min(1).max(limits.outHeight),
    tone: z.enum(['dark', 'light', 'filled']),
  }),
  z.object({ refused: z.enum(['not_a_picture', 'too_many_pixels', 'too_small', 'empty', 'too_heavy']) }),
]);

function readAnswer(heard: Buffer): Logo {
  const end = heard.indexOf('\n');
  // Killed for its time or memory, or crashed: the picture is at fault, and a sentence is all that comes of it.
  if (end < 0) throw refusedBecause('not_a_picture');
  const said = Answer.parse(JSON.parse(heard.subarray(0, end).toString('utf8')));
  if ('refused' in said) throw refusedBecause(said.refused);
  const bytes = new Uint8Array(heard.subarray(end + 1));
  if (kindOf(bytes) !== said.media || bytes.length > limits.outBytes) throw refusedBecause('not_a_picture');
  return { ...said, bytes };
}

let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** One picture at a time: two decoders at once would need twice the memory. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= mostWaiting)
    throw new AppError('unavailable', 'Several logos are being drawn just now; please try again in a moment.');
  waiting += 1;
  const mine = last.then(work, work);
  last = mine.catch(() => {});
  try {
    return await mine;
  } finally {
    waiting -= 1;
  }
}

/**
 * Draws an uploaded picture anew, as PNG or WebP of at most 640 × 160 pixels and 64 kB, its first frame, without anything but
 * the pixels (E-9, B-9). Throws invalid_request with a sentence for everything that is no such picture, and unavailable when
 * others wait already.
 */
export async function redraw(upload: Uint8Array): Promise<Logo> {
  if (upload.length === 0) throw new AppError('invalid_request', 'This file is empty. Nothing was kept.');
  if (upload.length > limits.uploadBytes)
    throw new AppError('too_large', `A logo is at most ${limits.uploadBytes / 1024} kB. Nothing was kept.`);
  if (kindOf(upload) === null) throw refusedBecause('not_a_picture');
  return inTurn(async () => readAnswer(await heardFrom(upload)));
}
