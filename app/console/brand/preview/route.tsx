import { fieldLabel } from '#components/console/brand-form.tsx';
import { BrandSheet, type BrandSheetProps } from '#components/console/brand-sheet.tsx';
import { resolveTheme, type ThemeTokens } from '#lib/branding/index.ts';
import { seeOther } from '#lib/browser/index.ts';
import { type Locale, localeNames, locales } from '#lib/i18n/index.ts';
import { consoleUpload, csrfOf, currentMember, type Session } from '#lib/session/index.ts';
import { drawable, fieldsFrom } from '../../_parts/brand.ts';
import { framesOf, languageOf, previewParts } from '../../_parts/brand-frames.ts';
import { brandPath, savedFields } from '../../_parts/brand-page.ts';
import { sheet } from '../../_parts/sheet.ts';

type Sheet = Pick<BrandSheetProps, 'again' | 'faults'> & { tokens: ThemeTokens; locale: Locale };

/** The pages in one document. */
async function sheetOf({ ctx }: Session, { tokens, locale, again, faults }: Sheet): Promise<Response> {
  const now = ctx.clock.now();
  const parts = await Promise.all(
    previewParts.map(async ({ name, label }) => ({ name, label, frames: await framesOf(tokens, name, locale, now) })),
  );
  const languages = locales.map((code) => ({ code, label: localeNames[code], current: code === locale }));
  const { displayName, corrections } = resolveTheme(tokens);
  const shown = { partner: displayName, parts, languages, again, faults, corrections };
  return sheet((nonce) => <BrandSheet nonce={nonce} {...shown} />);
}

/** The saved brand, for every role. */
export async function GET(request: Request): Promise<Response> {
  const session = await currentMember();
  if (!session) return seeOther('/sign-in');
  const saved = savedFields(session);
  const { tokens } = drawable(saved, saved);
  const locale = languageOf(new URL(request.url).searchParams.get('language'));
  return sheetOf(session, { tokens, locale, again: null, faults: [] });
}

/** What is typed, before it is saved. Stores nothing; a file that was chosen is not looked at. */
export const POST = consoleUpload('manage_brand', brandPath, async ({ member, form }) => {
  const fields = fieldsFrom(form);
  const { tokens, faults } = drawable(fields, savedFields(member));
  return sheetOf(member, {
    tokens,
    locale: languageOf(form.get('language')),
    again: { csrf: csrfOf(member), fields },
    faults: Object.entries(faults).map(([name, sentence]) => `${fieldLabel(name)}: ${sentence}`),
  });
});
