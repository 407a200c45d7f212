/** What a logo may be on the way in, and what it is on the way out. Imports nothing: the process that draws reads it too. */
export const limits = {
  /** Of the upload, in bytes; 8.3 kB of it never reach the picture: the form around it. */
  uploadBytes: 512 * 1024,
  /** Known from the header, before a pixel is decoded. */
  inPixels: 16_000_000,
  inSide: 10_000,
  leastSide: 16,
  outWidth: 640,
  outHeight: 160,
  outBytes: 64 * 1024,
} as const;

/** What drawing answers: a picture of ours, or why there is none. */
export type Drawn = {
  readonly media: 'png' | 'webp';
  readonly width: number;
  readonly height: number;
  /** How it stands out: `filled` brings its own ground, the others are drawn on nothing, dark or light. */
  readonly tone: 'dark' | 'light' | 'filled';
};
export type Refusal = 'not_a_picture' | 'too_many_pixels' | 'too_small' | 'empty' | 'too_heavy';

export const kinds = ['png', 'jpeg', 'webp'] as const;
export type Kind = (typeof kinds)[number];
