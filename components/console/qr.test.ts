import { describe, expect, test } from 'vitest';
import { drawQr, type Qr } from './qr.ts';

/**
 * A reader of QR codes of its own, after ISO/IEC 18004, for what we draw: versions 5 to 8, level M, bytes, undamaged. It shares
 * nothing with the writer, so it shares none of its mistakes.
 */

/** The drawn path as dark and light modules, without the quiet zone. */
function modulesOf({ size, path }: Qr): boolean[][] {
  const rows = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    for (let at = 0; at < Number(run); at++) (rows[Number(y)] ?? [])[Number(x) + at] = true;
  return rows.slice(4, -4).map((row) => row.slice(4, -4));
}

const alignments: Record<number, number[]> = { 5: [6, 30], 6: [6, 34], 7: [6, 22, 38], 8: [6, 24, 42] };
/** Data codewords of each block at level M (table 9). */
const blocks: Record<number, number[]> = { 5: [43, 43], 6: [27, 27, 27, 27], 7: [31, 31, 31, 31], 8: [38, 38, 39, 39] };
const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Whether a module is part of the pattern and holds no data (§6.3). */
function isPattern(x: number, y: number, size: number, version: number): boolean {
  const corner = (x < 9 && y < 9) || (x < 9 && y >= size - 8) || (x >= size - 8 && y < 9);
  const information = version >= 7 && ((y < 6 && x >= size - 11) || (x < 6 && y >= size - 11));
  const centres = alignments[version] ?? [];
  const last = centres.at(-1);
  const aligned = centres.some((cx) =>
    centres.some((cy) => {
      const atFinder = (cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6);
      return !atFinder && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2;
    }),
  );
  return corner || information || aligned || x === 6 || y === 6;
}

/** The five bits of format information beside the first finder, unmasked (§7.9). */
function formatOf(modules: boolean[][]): { level: number; mask: number } {
  const bits =
    [0, 1, 2, 3, 4].map((at) => (modules[8]?.[at] ? 1 : 0)).reduce<number>((all, bit) => all * 2 + bit, 0) ^ 0b10101;
  return { level: bits >> 3, mask: bits & 7 };
}

function codewordsOf(modules: boolean[][], version: number, mask: number): number[] {
  const size = modules.length;
  const bits: number[] = [];
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1])
        if (!isPattern(x, y, size, version)) bits.push(Number(modules[y]?.[x] !== masks[mask]?.(x, y)));
    }
    up = !up;
  }
  return Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
    Number.parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2),
  );
}

function read(qr: Qr): string {
  const modules = modulesOf(qr);
  const version = (modules.length - 17) / 4;
  const sizes = blocks[version];
  const { level, mask } = formatOf(modules);
  if (!sizes || level !== 0) throw new Error(`no reader for version ${version}, level ${level}`);
  const words = codewordsOf(modules, version, mask);
  const parts: number[][] = sizes.map(() => []);
  let next = 0;
  for (let at = 0; at < Math.max(...sizes); at++)
    for (const [block, length] of sizes.entries()) if (at < length) parts[block]?.push(words[next++] ?? 0);
  const bits = parts
    .flat()
    .map((word) => word.toString(2).padStart(8, '0'))
    .join('');
  expect(bits.slice(0, 4)).toBe('0100'); // bytes
  const length = Number.parseInt(bits.slice(4, 12), 2);
  const bytes = Array.from({ length }, (_, at) => Number.parseInt(bits.slice(12 + at * 8, 20 + at * 8), 2));
  return new TextDecoder().decode(new Uint8Array(bytes));
}

describe('a QR code', () => {
  test.each([
    'http://localhost:3999/connect/wxi_jpf5hrjh4dm5d1s5p5gmvaqh_m376nqm29278ryx57m15920769pt27bv',
    'https://connect.vermeer.example/connect/wxi_jpf5hrjh4dm5d1s5p5gmvaqh_f8qct1mcq6t2tt5e8ypfhhe68nk1d73z',
    'https://exact-online.connect.vermeer-dashboards.example/connect/wxi_jpf5hrjh4dm5d1s5p5gmvaqh_f8qct1mcq6t2tt5e8ypfhhe68nk1d73z',
    'https://the-longest-host-name-of-all.exact-online.connect.vermeer.example/connect/wxi_jpf5hrjh4dm5d1s5p5gmvaqh_f8qct1mcq6t2tt5e8ypfhhe68nk1d73z',
  ])('of %s says that, whoever reads it', (link) => {
    expect(read(drawQr(link))).toBe(link);
  });

  test('has four light modules around it', () => {
    const { size, path } = drawQr('https://connect.vermeer.example/connect/x');
    const xs = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map(([, x, y, run]) => [Number(x), Number(y), Number(run)]);
    for (const [x = 0, y = 0, run = 0] of xs) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(4);
      expect(Math.max(x + run, y + 1)).toBeLessThanOrEqual(size - 4);
    }
    expect(path).toMatch(/^(?:M\d+ \d+h\d+v1h-\d+z)+$/);
  });
});
