import sharp from 'sharp';

type Look = { width?: number; height?: number; colour?: string; ground?: string | null };

/** A picture that a partner could upload: a bar of one colour on nothing, or on a ground. */
export function aPicture({ width = 320, height = 80, colour = '#0f5f56', ground = null }: Look = {}): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${ground ? `<rect width="100%" height="100%" fill="${ground}"/>` : ''}<rect x="15%" y="25%" width="70%" height="50%" fill="${colour}"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
