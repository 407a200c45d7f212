export type { Hex } from './contrast.ts';
export { isShowable, showable } from './text.ts';
export {
  cornersOf,
  fontsOf,
  houseTheme,
  neutrals,
  type Palette,
  type ResolvedTheme,
  resolveTheme,
  themeCss,
} from './theme.ts';
export { logoPath, mostWords, storedTokens, ThemeTokens } from './tokens.ts';
