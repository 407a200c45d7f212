import type { Kind } from './limits.ts';

const starts = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff],
} as const;

const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));

/** What a file is by its first bytes; null for anything we do not draw. Names and declared types say nothing. */
export function kindOf(bytes: Uint8Array): Kind | null {
  for (const kind of ['png', 'jpeg'] as const)
    if (bytes.length > 16 && starts[kind].every((byte, at) => bytes[at] === byte)) return kind;
  return bytes.length > 16 && ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP' ? 'webp' : null;
}
