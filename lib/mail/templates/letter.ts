import { type ResolvedTheme, showable } from '#lib/branding/index.ts';
import type { Locale } from '#lib/i18n/index.ts';

/** A picture that travels with the mail: nothing is fetched when it is opened, so nobody learns that it was. */
export type InlineImage = { readonly cid: string; readonly contentType: string; readonly bytes: Uint8Array };

/** A mail ready to send: the two bodies say the same. */
export type Mail = {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** What `cid:` addresses in `html` lead to. */
  readonly inline: readonly InlineImage[];
  /** Where mail readers can stop such mails at one press (RFC 8058). */
  readonly unsubscribeUrl?: string;
};

type Labelled = { readonly label: string; readonly url: string };

export type Letter = {
  readonly lang: Locale;
  readonly subject: string;
  readonly theme: ResolvedTheme;
  /** The partner's logo; without it their initials stand there. */
  readonly logo?: InlineImage | undefined;
  /** What a list of mails shows after the subject. */
  readonly preview: string;
  readonly heading: string;
  /** In order; the button follows. */
  readonly before: readonly string[];
  /** A short table before the button. */
  readonly list?: readonly { readonly name: string; readonly note: string }[];
  readonly button: Labelled;
  readonly after: readonly string[];
  readonly footer: readonly string[];
  /** Ends such mails; also what `unsubscribeUrl` says. */
  readonly stop?: Labelled;
};

/** One line, no characters that could start another header, and short enough for every inbox. */
export function subjectLine(text: string): string {
  return showable(text, 150);
}

/** Links in mails are ours and absolute. Anything else is a mistake in the caller, better loud than clickable. */
function checked(url: string): string {
  const local = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?\//i.test(url);
  if (!local && !/^https:\/\//i.test(url)) throw new TypeError('A mail links to an absolute https address');
  return new URL(url).href;
}

const withCheckedUrl = (link: Labelled): Labelled => ({ ...link, url: checked(link.url) });

function plainText({ heading, before, list = [], button, after, footer, stop }: Letter): string {
  const parts = [
    showable(heading, 200),
    ...before,
    ...(list.length > 0 ? [list.map(({ name, note }) => `- ${name}: ${note}`).join('\n')] : []),
    `${button.label}:\n${button.url}`,
    ...after,
    ...(stop ? [`${stop.label}:\n${stop.url}`] : []),
    `-- \n${footer.join('\n')}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Both bodies of a letter. What draws the second is imported when the first mail is written: 25 MB that a web process may never need. */
export async function writeLetter(letter: Letter): Promise<Mail> {
  const ready: Letter = {
    ...letter,
    subject: subjectLine(letter.subject),
    preview: showable(letter.preview, 110),
    button: withCheckedUrl(letter.button),
    ...(letter.stop ? { stop: withCheckedUrl(letter.stop) } : {}),
  };
  const { drawLetter } = await import('./drawing.ts');
  return {
    subject: ready.subject,
    text: plainText(ready),
    html: await drawLetter(ready),
    inline: ready.logo ? [ready.logo] : [],
    ...(ready.stop ? { unsubscribeUrl: ready.stop.url } : {}),
  };
}
