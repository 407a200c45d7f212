import sharp from 'sharp';
import { kindOf } from './kind.ts';
import { type Drawn, limits, type Refusal } from './limits.ts';

/**
 * Draws one picture anew and ends: bytes in on standard input, one line of JSON and the new bytes out. Runs as a process of its own
 * (lib/logo/README.md): whatever a hostile file does to a decoder, it does it without our environment, our connections or our memory.
 */

const mostMemoryBytes = 320 * 1024 * 1024;

class Refused extends Error {
  readonly why: Refusal;
  constructor(why: Refusal) {
    super(why);
    this.why = why;
  }
}

/** The decoders of the three kinds and no other: not SVG, not PDF, not GIF, whatever the bytes say. */
function leaveThreeDecoders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: ['VipsForeignLoadPngBuffer', 'VipsForeignLoadJpegBuffer', 'VipsForeignLoadWebpBuffer'] });
  sharp.cache(false);
  sharp.concurrency(1);
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Refuses by what the header says, before anything is decoded. */
async function refuseByHeader(bytes: Buffer): Promise<void> {
  const { format, width, height } = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
  if (format !== kindOf(bytes)) throw new Refused('not_a_picture');
  if (width * height > limits.inPixels || Math.max(width, height) > limits.inSide) throw new Refused('too_many_pixels');
  if (Math.min(width, height) < limits.leastSide) throw new Refused('too_small');
}

/** What is seen of a picture: how much of it there is, and how bright that is (0 to 1). */
function seen(pixels: Buffer): { share: number; brightness: number } {
  let [count, sum] = [0, 0];
  for (let at = 0; at < pixels.length; at += 4) {
    if ((pixels[at + 3] ?? 0) < 128) continue;
    count += 1;
    sum += (0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0)) / 255;
  }
  return { share: count / (pixels.length / 4), brightness: count === 0 ? 0 : sum / count };
}

function toneOf(pixels: Buffer): Drawn['tone'] {
  const { share, brightness } = seen(pixels);
  if (share === 0) throw new Refused('empty');
  if (share > 0.97) return 'filled';
  return brightness > 0.7 ? 'light' : 'dark';
}

/** As PNG where that is small enough, which keeps edges sharp; else as WebP, a little coarser until it fits. */
async function written(pixels: Buffer, raw: { width: number; height: number; channels: 4 }) {
  const picture = () => sharp(pixels, { raw });
  const png = await picture().png({ compressionLevel: 9 }).toBuffer();
  if (png.length <= limits.outBytes) return { media: 'png' as const, bytes: png };
  for (const quality of [90, 75, 55]) {
    const webp = await picture().webp({ quality, effort: 4 }).toBuffer();
    if (webp.length <= limits.outBytes) return { media: 'webp' as const, bytes: webp };
  }
  throw new Refused('too_heavy');
}

/** Pixels only cross over: no metadata, no second frame, nothing that stood behind the picture in the file. */
async function draw(bytes: Buffer): Promise<{ drawn: Drawn; bytes: Buffer }> {
  await refuseByHeader(bytes);
  const { data, info } = await sharp(bytes, { limitInputPixels: limits.inPixels, pages: 1, failOn: 'warning' })
    .autoOrient()
    .resize(limits.outWidth, limits.outHeight, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const made = await written(data, { width, height, channels: 4 });
  return { drawn: { media: made.media, width, height, tone: toneOf(data) }, bytes: made.bytes };
}

const answer = (said: object, bytes: Buffer = Buffer.alloc(0)) =>
  process.stdout.write(Buffer.concat([Buffer.from(`${JSON.stringify(said)}\n`), bytes]));

// Decoding runs beside this thread: what grows past the limit ends here, whatever it is in the middle of.
setInterval(() => {
  if (process.memoryUsage.rss() > mostMemoryBytes) process.exit(70);
}, 10).unref();

leaveThreeDecoders();
try {
  const { drawn, bytes } = await draw(await readInput());
  answer(drawn, bytes);
} catch (error) {
  answer({ refused: error instanceof Refused ? error.why : 'not_a_picture' });
}
