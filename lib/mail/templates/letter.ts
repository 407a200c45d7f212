import { contrast, type ResolvedTheme, showable } from '#lib/branding/index.ts';
import { type Locale, translatorFor } from '#lib/i18n/index.ts';
import { html, type Markup } from './html.ts';

/** A mail ready to send: the two bodies say the same. */
export type Mail = { readonly subject: string; readonly text: string; readonly html: string };

export type Letter = {
  readonly lang: Locale;
  readonly subject: string;
  readonly theme: ResolvedTheme;
  readonly heading: string;
  /** In order; the button follows. */
  readonly before: readonly string[];
  /** A short table before the button. */
  readonly list?: readonly { readonly name: string; readonly note: string }[];
  readonly button: { readonly label: string; readonly url: string };
  readonly after: readonly string[];
  readonly footer: readonly string[];
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

const family = `system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif`;
const ink = '#12151c';
const muted = '#545b69';

// Tables and inline styles: what mail readers agree on. No images: many readers hide them, and a fetched one tells when
// a mail was opened.
function body(letter: Letter): Markup {
  const { theme, button } = letter;
  const { accent, onAccent, accentText } = theme.light;
  const edge = contrast(accent, '#ffffff') >= 3 ? accent : theme.light.accentEdge;
  const url = checked(button.url);
  const partner = showable(theme.displayName);
  const paragraph = (text: string) =>
    html`<p style="margin:0 0 16px;font-size:16px;line-height:24px;color:${ink}">${text}</p>`;
  const small = (text: string) =>
    html`<p style="margin:0 0 8px;font-size:13px;line-height:20px;color:${muted}">${text}</p>`;
  return html`<!doctype html>
<html lang="${letter.lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light"><title>${letter.subject}</title></head>
<body style="margin:0;padding:0;background:#f5f6f8;font-family:${family}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f5f6f8"><tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;text-align:left;word-break:break-word;overflow-wrap:anywhere">
<tr><td style="padding:0 8px 16px">
<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>
<td width="36" height="36" align="center" aria-hidden="true" style="width:36px;height:36px;border-radius:8px;background:${accent};border:1px solid ${edge};color:${onAccent};font-size:14px;font-weight:700">${theme.initials}</td>
<td style="padding-left:12px;font-size:16px;font-weight:600;color:${ink}">${partner}</td>
</tr></table>
</td></tr>
<tr><td style="background:#ffffff;border:1px solid #dfe2e8;border-radius:12px;padding:32px 28px 16px">
<h1 style="margin:0 0 16px;font-size:24px;line-height:30px;font-weight:650;letter-spacing:-0.01em;color:${ink}">${letter.heading}</h1>
${letter.before.map(paragraph)}
${listOf(letter)}
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 24px"><tr><td style="border-radius:8px;background:${accent};border:1px solid ${edge}"><a href="${url}" style="display:inline-block;padding:14px 24px;font-size:16px;line-height:20px;font-weight:600;color:${onAccent};text-align:center;text-decoration:none">${button.label}</a></td></tr></table>
${letter.after.map(paragraph)}
<p style="margin:24px 0 16px;padding-top:16px;border-top:1px solid #dfe2e8;font-size:13px;line-height:20px;color:${muted}">${translatorFor(letter.lang)('mail.linkFallback')}<br><a href="${url}" style="color:${accentText};word-break:break-all">${url}</a></p>
</td></tr>
<tr><td style="padding:16px 8px 0">${letter.footer.map(small)}</td></tr>
</table></td></tr></table></body></html>`;
}

function listOf({ list = [] }: Letter): Markup | null {
  if (list.length === 0) return null;
  const row = ({ name, note }: { name: string; note: string }) =>
    html`<tr><td style="padding:8px 0;border-top:1px solid #dfe2e8;font-size:15px;line-height:22px;color:${ink}"><span style="font-weight:600">${name}</span><br><span style="font-size:13px;line-height:20px;color:${muted}">${note}</span></td></tr>`;
  return html`<table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 24px;border-bottom:1px solid #dfe2e8">${list.map(row)}</table>`;
}

export function writeLetter(letter: Letter): Mail {
  const subject = subjectLine(letter.subject);
  const text = [
    showable(letter.heading, 200),
    ...letter.before,
    ...(letter.list?.length ? [letter.list.map(({ name, note }) => `- ${name}: ${note}`).join('\n')] : []),
    `${letter.button.label}:\n${checked(letter.button.url)}`,
    ...letter.after,
    `-- \n${letter.footer.join('\n')}`,
  ].join('\n\n');
  return { subject, text: `${text}\n`, html: body({ ...letter, subject }).markup };
}
