import { describe, expect, test } from 'vitest';
import { AA_TEXT, contrast, corrected, luminance, mix, parseHex, readableOn, toHex } from './contrast.ts';

describe('contrast', () => {
  test('black on white is 21, a colour on itself is 1, and order does not matter', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#8f2434', '#8f2434')).toBe(1);
    expect(contrast('#777777', '#ffffff')).toBe(contrast('#ffffff', '#777777'));
  });

  /** Values published with WCAG's own examples: #767676 is the lightest grey that passes on white, #777777 does not. */
  test('agrees with the well-known boundary of grey on white', () => {
    expect(contrast('#767676', '#ffffff')).toBeGreaterThanOrEqual(AA_TEXT);
    expect(contrast('#777777', '#ffffff')).toBeLessThan(AA_TEXT);
  });

  test('luminance runs from 0 to 1 and weighs green most', () => {
    expect(luminance('#000000')).toBe(0);
    expect(luminance('#ffffff')).toBeCloseTo(1, 10);
    expect(luminance('#00ff00')).toBeGreaterThan(luminance('#ff0000') + luminance('#0000ff'));
  });

  test('mixing keeps its ends, and hex survives a round trip', () => {
    expect(mix('#123456', '#abcdef', 0)).toBe('#123456');
    expect(mix('#123456', '#abcdef', 1)).toBe('#abcdef');
    expect(toHex(parseHex('#0a0B0c'))).toBe('#0a0b0c');
  });

  test.each(['', '#fff', '#1234567', 'red', '#12345g', 'url(x)', '#123456;}'])('%j is not a colour', (value) => {
    expect(() => parseHex(value)).toThrow(TypeError);
  });

  test('of white and black one can always be read', () => {
    for (let grey = 0; grey <= 255; grey += 1) {
      const background = toHex([grey, grey, grey]);
      expect(contrast(readableOn(background), background)).toBeGreaterThanOrEqual(AA_TEXT);
    }
  });

  test('a colour that already reaches the goal is left alone', () => {
    expect(corrected('#1f5fd0', ['#ffffff'], AA_TEXT)).toBe('#1f5fd0');
  });

  test('a dark green brightened for a dark page is still green', () => {
    const [red, green, blue] = parseHex(corrected('#14342b', ['#16191f'], AA_TEXT));
    expect(green).toBeGreaterThan(red * 1.8);
    expect(green).toBeGreaterThan(blue);
  });
});
