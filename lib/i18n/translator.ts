import { createTranslator } from 'use-intl/core';
import { timeZone } from './format.ts';
import { type Locale, locales } from './locales.ts';
import { de } from './messages/de.ts';
import { en } from './messages/en.ts';
import { es } from './messages/es.ts';
import { fr } from './messages/fr.ts';
import { nl } from './messages/nl.ts';
import type { Messages } from './messages/shape.ts';
import { typeset } from './typeset.ts';

export const messages: Readonly<Record<Locale, Messages>> = {
  en: typeset('en', en),
  nl: typeset('nl', nl),
  de: typeset('de', de),
  fr: typeset('fr', fr),
  es: typeset('es', es),
};

// Typed as English throughout: its literal text tells the compiler which values each sentence takes.
const made = new Map(
  locales.map((locale) => [
    locale,
    createTranslator({
      locale,
      timeZone,
      messages: messages[locale] as typeof en,
      onError: (error) => {
        throw error;
      },
    }),
  ]),
);

export type Translator = ReturnType<typeof createTranslator<typeof en>>;

export function translatorFor(locale: Locale): Translator {
  const translator = made.get(locale);
  if (!translator) throw new TypeError(`No messages for ${locale}`);
  return translator;
}
