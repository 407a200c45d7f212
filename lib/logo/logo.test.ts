import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { aPicture } from '../testing/picture.ts';
import { redraw } from './index.ts';
import { kindOf } from './kind.ts';

/** Bad input E-9: what a hostile or mistaken upload looks like, and what becomes of it. */

const text = (content: string) => Buffer.from(content, 'utf8');

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type: string, data: Buffer): Buffer {
  const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  const body = Buffer.concat([text(type), data]);
  size.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, check]);
}

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

/** A PNG of one bit a pixel: the size it says, with as much of the pixels as `idat` holds. */
function pngOf(width: number, height: number, idat: Buffer, interlaced = 0, before: Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, interlaced], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...before,
    chunk('IDAT', idat),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const blackBits = (width: number, height: number) =>
  deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 9 });

/** 30,000 × 30,000 pixels, whole: 900 million of them in some 110 kB. */
const hugePng = () => pngOf(30_000, 30_000, blackBits(30_000, 30_000));

function zipOf(name: string, content: Buffer): Buffer {
  const data = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(name.length, 26);
  return Buffer.concat([local, text(name), data]);
}

/** A GIF that is also a script: the dimensions of its header open a comment. */
const gifScript = text('GIF89a/*\x00\x00\x00\x00\x00\x00*/=1;alert(document.domain)//;');

async function animated(frames: number): Promise<Buffer> {
  const size = 16;
  const raw = Buffer.alloc(size * size * frames * 4);
  for (let frame = 0; frame < frames; frame += 1)
    raw.fill(
      Buffer.from([frame === 0 ? 0 : 255, (frame % 2) * 255, 80, 255]),
      frame * size * size * 4,
      (frame + 1) * size * size * 4,
    );
  return sharp(raw, {
    raw: { width: size, height: size * frames, channels: 4, pageHeight: size },
    limitInputPixels: false,
  })
    .webp({ loop: 0, delay: Array.from({ length: frames }, () => 20), effort: 0, quality: 20 })
    .toBuffer();
}

const sentenceOf = async (upload: Uint8Array) => {
  const error = await redraw(upload).then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!(error instanceof AppError)) throw new Error(`not refused as it should be: ${error}`);
  return `${error.code}: ${error.publicMessage}`;
};
const notAPicture = /^invalid_request: This is not a PNG, JPEG or WebP picture/;
const tooMany = /^invalid_request: This picture has more pixels/;

describe('refused, with a sentence (E-9)', () => {
  test.each<[string, () => Promise<Buffer> | Buffer, RegExp]>([
    [
      'an SVG with a script',
      () => text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'),
      notAPicture,
    ],
    [
      'an SVG with an external entity',
      () =>
        text(
          '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
        ),
      notAPicture,
    ],
    [
      'an SVG behind the first bytes of a PNG',
      () => Buffer.concat([signature, text('<svg xmlns="http://www.w3.org/2000/svg"/>')]),
      notAPicture,
    ],
    ['a GIF that is a script', () => gifScript, notAPicture],
    [
      'a plain GIF',
      () =>
        sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } })
          .gif()
          .toBuffer(),
      notAPicture,
    ],
    [
      'a TIFF',
      () =>
        sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } })
          .tiff()
          .toBuffer(),
      notAPicture,
    ],
    [
      'an AVIF',
      () =>
        sharp({ create: { width: 64, height: 64, channels: 3, background: '#123456' } })
          .avif()
          .toBuffer(),
      notAPicture,
    ],
    ['a PDF', () => text('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj'), notAPicture],
    ['a web page', () => text('<!doctype html><script>alert(1)</script>'.padEnd(64)), notAPicture],
    ['a zip', () => zipOf('logo.png', Buffer.alloc(1000)), notAPicture],
    [
      'a zip that says it is a JPEG',
      () => Buffer.concat([Buffer.from('ffd8ff', 'hex'), zipOf('logo.jpg', Buffer.alloc(1000))]),
      notAPicture,
    ],
    ['0 bytes', () => Buffer.alloc(0), /^invalid_request: This file is empty/],
    ['a few bytes', () => signature, notAPicture],
    ['a truncated PNG', async () => (await aPicture()).subarray(0, 200), notAPicture],
    [
      'a truncated JPEG',
      async () => {
        const whole = await sharp(await aPicture({ ground: '#ffffff' }))
          .jpeg()
          .toBuffer();
        return whole.subarray(0, Math.floor(whole.length / 2));
      },
      notAPicture,
    ],
    [
      'a truncated WebP',
      async () => {
        const whole = await sharp(await aPicture())
          .webp()
          .toBuffer();
        return whole.subarray(0, Math.floor(whole.length / 2));
      },
      notAPicture,
    ],
    [
      'a PNG whose bytes were changed',
      async () => {
        const bytes = Buffer.from(await aPicture());
        bytes.fill(0xa5, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 40);
        return bytes;
      },
      notAPicture,
    ],
    ['30,000 × 30,000 px', hugePng, tooMany],
    ['a header of 30,000 × 30,000 px without the pixels', () => pngOf(30_000, 30_000, blackBits(8, 1)), tooMany],
    ['the largest size a PNG can say', () => pngOf(0x7fffffff, 0x7fffffff, blackBits(8, 1)), /^invalid_request/],
    ['no width at all', () => pngOf(0, 100, blackBits(8, 1)), /^invalid_request/],
    ['one row of 100,000 px', () => pngOf(100_000, 20, blackBits(100_000, 20)), tooMany],
    ['4 × 4 px', () => aPicture({ width: 4, height: 4 }), /^invalid_request: This picture is too small/],
    [
      'nothing to see',
      () =>
        sharp({ create: { width: 64, height: 64, channels: 4, background: '#00000000' } })
          .png()
          .toBuffer(),
      /^invalid_request: Nothing can be seen/,
    ],
    [
      'more than 512 kB',
      () => Buffer.concat([signature, Buffer.alloc(512 * 1024)]),
      /^too_large: A logo is at most 512 kB/,
    ],
  ])('%s', async (_, make, sentence) => {
    expect(await sentenceOf(await make())).toMatch(sentence);
  });
});

describe('drawn anew', () => {
  test.each(['png', 'jpeg', 'webp'] as const)('a %s, small enough for every page, and one of ours', async (kind) => {
    const upload = await sharp(await aPicture({ width: 1280, height: 400, ground: '#ffffff' }))
      [kind]()
      .toBuffer();
    const logo = await redraw(upload);
    expect({ ...logo, bytes: 0 }).toEqual({ media: 'png', width: 512, height: 160, tone: 'filled', bytes: 0 });
    expect(logo.bytes.length).toBeLessThanOrEqual(64 * 1024);
    expect(kindOf(logo.bytes)).toBe('png');
  });

  test('what stood in the file beside the picture is gone: place, author, comments, profiles, what was hung behind', async () => {
    const planted = 'alert(document.domain)';
    const jpeg = await sharp(await aPicture({ ground: '#ffffff' }))
      .withExif({
        IFD0: { Artist: planted, Copyright: planted },
        IFD3: {
          GPSLatitudeRef: 'N',
          GPSLatitude: '51/1 55/1 20/1',
          GPSLongitudeRef: 'E',
          GPSLongitude: '4/1 28/1 45/1',
        },
      })
      .jpeg()
      .toBuffer();
    expect((await sharp(jpeg).metadata()).exif).toBeDefined();
    const idat = blackBits(64, 64);
    const png = pngOf(64, 64, idat, 0, [
      chunk('tEXt', text(`Comment\0${planted}`)),
      chunk('eXIf', text('MM\0*\0\0\0\x08\0\0')),
    ]);
    const behind = [text(`<script>${planted}</script>`), zipOf('x.js', text(planted))];
    for (const upload of [jpeg, png, Buffer.concat([png, ...behind]), Buffer.concat([jpeg, ...behind])]) {
      const { bytes } = await redraw(upload);
      const { exif, icc, xmp, iptc, comments, orientation } = await sharp(bytes).metadata();
      expect([exif, icc, xmp, iptc, comments, orientation]).toEqual(Array(6).fill(undefined));
      const kept = Buffer.from(bytes).toString('latin1');
      expect(kept).not.toMatch(/alert|script|GPS|Exif|PK/);
    }
  });

  test('a picture that was lying on its side stands up', async () => {
    const lying = await sharp(await aPicture({ width: 100, height: 300, ground: '#ffffff' }))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await redraw(lying)).toMatchObject({ width: 300, height: 100 });
  });

  test('of 5,000 frames the first one is kept, as a still', { timeout: 60_000 }, async () => {
    const upload = await animated(5_000);
    expect((await sharp(upload, { limitInputPixels: false }).metadata()).pages).toBe(5_000);
    const { bytes } = await redraw(upload);
    expect((await sharp(bytes).metadata()).pages).toBeUndefined();
    const [red] = await sharp(bytes).raw().toBuffer();
    expect(red).toBeLessThan(40);
  });

  test('a photograph becomes a WebP within 64 kB', async () => {
    const noise = sharp({
      create: {
        width: 640,
        height: 160,
        channels: 3,
        background: '#888888',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    });
    const logo = await redraw(await noise.jpeg({ quality: 95 }).toBuffer());
    expect(logo.media).toBe('webp');
    expect(logo.bytes.length).toBeLessThanOrEqual(64 * 1024);
  });

  test('tells how it stands out', async () => {
    expect(await redraw(await aPicture({ colour: '#102030' }))).toMatchObject({ tone: 'dark' });
    expect(await redraw(await aPicture({ colour: '#f4f4f0' }))).toMatchObject({ tone: 'light' });
    expect(await redraw(await aPicture({ colour: '#f4f4f0', ground: '#102030' }))).toMatchObject({ tone: 'filled' });
  });

  test('who comes when three wait is asked to try again, and the three are drawn', async () => {
    const upload = await aPicture();
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => redraw(upload)));
    expect(outcomes.map(({ status }) => status)).toEqual([...Array(3).fill('fulfilled'), ...Array(2).fill('rejected')]);
    await expect(redraw(upload)).resolves.toBeDefined();
  });
});

test('decoders run where there is nothing to reach: one place starts them, without environment or rights', () => {
  const code = readFileSync('lib/logo/index.ts', 'utf8');
  expect(code).toContain("'--permission'");
  expect(code).not.toMatch(/\.\.\.process\.env|allow-fs-write|allow-child-process|allow-worker/);
});

test('where drawing cannot start, no picture is blamed', async () => {
  const here = process.cwd();
  const elsewhere = mkdtempSync(path.join(tmpdir(), 'waxseal-nowhere-'));
  mkdirSync(path.join(elsewhere, 'node_modules'));
  const upload = await aPicture();
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(elsewhere);
  await expect(redraw(upload)).rejects.toThrow(/^drawing ended with code 1$/);
  cwd.mockRestore();
  rmSync(elsewhere, { recursive: true });
  expect(process.cwd()).toBe(here);
});
