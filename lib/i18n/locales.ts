/** The languages a page can speak. Room for de, fr and es: add one here and the compiler lists what is still unsaid. */
export const locales = ['en', 'nl'] as const;
export type Locale = (typeof locales)[number];

export const fallbackLocale: Locale = 'en';

/** Each language by its own name, for the language switch. */
export const localeNames = { en: 'English', nl: 'Nederlands' } as const satisfies Record<Locale, string>;

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

/** What the reader chose on the page, else the language of the invitation, else the browser's. */
export function pickLocale(asked: {
  explicit?: string | null | undefined;
  invitation?: string | null | undefined;
  acceptLanguage?: string | null | undefined;
}): Locale {
  return localeIn(asked.explicit) ?? localeIn(asked.invitation) ?? preferred(asked.acceptLanguage) ?? fallbackLocale;
}
