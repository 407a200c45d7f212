import { encode } from 'uqr';

/** A QR code as one path of dark modules, in a square of `size` modules that includes its quiet zone. */
export type Qr = { readonly size: number; readonly path: string };

/** Light around the code, in modules: scanners need four (ISO/IEC 18004 §6.3.8). */
const quietZone = 4;

/** Draws a text as a QR code; level M survives a creased print-out. */
export function drawQr(text: string): Qr {
  const { data, size } = encode(text, { ecc: 'M', border: quietZone });
  const runs = data.flatMap((row, y) =>
    [
      ...row
        .map((dark) => (dark ? '#' : ' '))
        .join('')
        .matchAll(/#+/g),
    ].map(({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`),
  );
  return { size, path: runs.join('') };
}
