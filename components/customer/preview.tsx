import type { ReactElement, ReactNode } from 'react';
import type { ResolvedTheme } from '#lib/branding/index.ts';
import { type Locale, localeNames, locales } from '#lib/i18n/index.ts';
import { CustomerBody } from './document.tsx';
import { framedStyles, inScheme, type Scheme } from './framed.ts';
import { samples } from './samples.tsx';

/** The pages of a customer that a partner looks at before saving a brand, in the order in which they are met. */
export const previewScreens = [
  { name: 'welcome', label: 'Welcome' },
  { name: 'before', label: 'Before you go' },
  { name: 'done', label: 'Done' },
  { name: 'problem-denied', label: 'A problem' },
] as const;
export type PreviewScreen = (typeof previewScreens)[number]['name'];

/** A phone of today, upright, in CSS pixels. */
export const phoneWidth = 390;

export type Framed = { readonly scheme: Scheme; readonly css: string; readonly html: string };

/** One screen as customers get it, in one scheme: the same components, drawn in a box instead of a document. */
export function previewBody(screen: PreviewScreen, theme: ResolvedTheme, locale: Locale, scheme: Scheme): ReactElement {
  const shown = inScheme(theme, scheme);
  const sample = samples.find(({ name }) => name === screen);
  return (
    <BoxedBody locale={locale} theme={shown}>
      {sample?.draw({ locale, theme: shown })}
    </BoxedBody>
  );
}

type Boxed = { locale: Locale; theme: ResolvedTheme; demo?: boolean; children: ReactNode };

/** What is seen of any page of ours, in a box; its links lead nowhere. */
export function BoxedBody({ locale, theme, demo = false, children }: Boxed) {
  return (
    <div className="body" lang={locale}>
      <CustomerBody
        lang={locale}
        theme={theme}
        demo={demo}
        languages={locales.map((code) => ({
          locale: code,
          label: localeNames[code],
          href: '#',
          current: code === locale,
        }))}
      >
        {children}
      </CustomerBody>
    </div>
  );
}

export const previewCss = (theme: ResolvedTheme, scheme: Scheme): string =>
  framedStyles(theme, { scheme, width: phoneWidth });
