export { contrast, type Hex, luminance } from './contrast.ts';
export { initialsOf, isShowable, showable } from './text.ts';
export { fontStacks, houseTheme, neutrals, type Palette, type ResolvedTheme, resolveTheme, themeCss } from './theme.ts';
export { fonts, radii, ThemeTokens } from './tokens.ts';
