/** Colour arithmetic after WCAG 2.2 (relative luminance, contrast ratio). Colours are `#rrggbb`, lower case. */
export type Hex = `#${string}`;
type Channels = readonly [red: number, green: number, blue: number];

export const AA_TEXT = 4.5;
export const AA_SHAPE = 3;

export function parseHex(hex: string): Channels {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!match) throw new TypeError('A colour is written as #rrggbb');
  const channel = (index: number) => Number.parseInt(match[index] ?? '', 16);
  return [channel(1), channel(2), channel(3)];
}

export function toHex(channels: Channels): Hex {
  const two = (value: number) =>
    Math.round(Math.min(255, Math.max(0, value)))
      .toString(16)
      .padStart(2, '0');
  return `#${channels.map(two).join('')}`;
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
export function luminance(hex: string): number {
  const [red, green, blue] = parseHex(hex).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as unknown as Channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio: 1 (same) to 21 (black on white). */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** `share` of `over` laid on `under`, as paint: 0 leaves `under`, 1 gives `over`. */
export function mix(under: string, over: string, share: number): Hex {
  const [below, above] = [parseHex(under), parseHex(over)];
  const blend = (index: 0 | 1 | 2) => below[index] + (above[index] - below[index]) * share;
  return toHex([blend(0), blend(1), blend(2)]);
}

/** White where it can be read, otherwise black. One of the two always reaches 4.58:1. */
export function readableOn(background: string): '#ffffff' | '#000000' {
  return contrast('#ffffff', background) >= AA_TEXT ? '#ffffff' : '#000000';
}

/** The same hue as bright as it goes. Going there before going to white keeps a dark green green instead of grey. */
function brightest(colour: string): Hex {
  const channels = parseHex(colour);
  const factor = 255 / Math.max(1, ...channels);
  return toHex([channels[0] * factor, channels[1] * factor, channels[2] * factor]);
}

/** A colour of the same family that reaches `least` on every background: the first one met on the way to black or white. */
export function corrected(colour: string, backgrounds: readonly string[], least: number): Hex {
  const darkest = Math.min(...backgrounds.map(luminance));
  const stops = darkest > 0.18 ? ['#000000'] : [brightest(colour), '#ffffff'];
  let from = colour;
  for (const goal of stops) {
    for (let step = 0; step <= 100; step += 1) {
      const candidate = mix(from, goal, step / 100);
      if (backgrounds.every((background) => contrast(candidate, background) >= least)) return candidate;
    }
    from = goal;
  }
  throw new RangeError(`No colour reaches ${least}:1 on ${backgrounds.join(', ')}`);
}
