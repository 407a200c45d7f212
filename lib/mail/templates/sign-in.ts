import { houseTheme } from '#lib/branding/index.ts';
import { formatDuration } from '#lib/i18n/index.ts';
import { type Mail, writeLetter } from './letter.ts';

export type SignInMailInput = { readonly url: string; readonly minutes: number };

/** Signs a member in to the console. English, like the console. */
export function signInMail({ url, minutes }: SignInMailInput): Promise<Mail> {
  return writeLetter({
    lang: 'en',
    theme: houseTheme,
    subject: 'Sign in to Waxseal',
    preview: `The link works once, for ${formatDuration(minutes * 60, 'en')}.`,
    heading: 'Sign in to Waxseal',
    before: ['Open this link in the browser where you asked for it, then confirm there that it is you.'],
    button: { label: 'Continue to Waxseal', url },
    after: [`The link works once, for ${formatDuration(minutes * 60, 'en')}.`],
    footer: ['Did you not ask for this? Then do nothing: without this link nobody can sign in.', 'Waxseal'],
  });
}
