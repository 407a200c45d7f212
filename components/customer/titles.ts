import { type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { type Locale, type Messages, translatorFor } from '#lib/i18n/index.ts';

export type ScreenName = keyof Messages['title'] | 'stop' | 'newLink';

/** What the browser's tab says for a screen. */
export function titleOf(screen: ScreenName, { locale, theme }: { locale: Locale; theme: ResolvedTheme }): string {
  const t = translatorFor(locale);
  if (screen === 'stop' || screen === 'newLink') return t(`${screen}.title`);
  return t(`title.${screen}`, { partner: showable(theme.displayName) });
}
