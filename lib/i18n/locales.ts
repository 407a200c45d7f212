/** The languages a page can speak. Add one here and the compiler lists what is still unsaid. */
export const locales = ['en', 'nl', 'de', 'fr', 'es'] as const;
export type Locale = (typeof locales)[number];

const fallbackLocale: Locale = 'en';

/** Each language by its own name, for the language switch. */
export const localeNames = {
  en: 'English',
  nl: 'Nederlands',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
} as const satisfies Record<Locale, string>;

/** What Exact's country sites speak: the best guess at a customer nobody named a language for. Belgium: its larger half. */
const siteLocales: Readonly<Record<string, Locale>> = {
  nl: 'nl',
  be: 'nl',
  de: 'de',
  fr: 'fr',
  es: 'es',
  uk: 'en',
  us: 'en',
};

export function isLocale(value: unknown): value is Locale {
  return locales.some((locale) => locale === value);
}

/** `nl`, `NL` and `nl-BE` are all Dutch to us. */
function localeIn(tag: string | null | undefined): Locale | null {
  const language = tag?.trim().toLowerCase().split('-')[0];
  return isLocale(language) ? language : null;
}

/** RFC 9110 §12.5.4: tags with optional weights, highest first, order deciding between equals. */
function preferred(acceptLanguage: string | null | undefined): Locale | null {
  const ranked = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag, ...parameters] = part.split(';');
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/i.exec(parameter)?.[1]).find(Boolean);
      return { locale: localeIn(tag), weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return ranked.find(({ locale }) => locale !== null)?.locale ?? null;
}

export type Asked = {
  /** What the reader chose on the page. */
  explicit?: string | null | undefined;
  invitation?: string | null | undefined;
  acceptLanguage?: string | null | undefined;
  /** The country site of the partner's app. */
  site?: string | null | undefined;
};

/** What the reader chose, else the language of the invitation, else the browser's, else that of the country, else English. */
export function pickLocale({ explicit, invitation, acceptLanguage, site }: Asked): Locale {
  return (
    localeIn(explicit) ?? localeIn(invitation) ?? preferred(acceptLanguage) ?? siteLocales[site ?? ''] ?? fallbackLocale
  );
}
