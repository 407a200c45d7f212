import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { showable } from '../branding/index.ts';
import { config } from '../config/index.ts';
import { wallClock } from '../kernel/clock.ts';
import type { Mail } from './templates/index.ts';

export type Letter = Mail & { to: string; fromName?: string; replyTo?: string };

// A display name is data in a header: one line that reads as it is written, no quotes, nothing that starts a second address.
const headerSafe = (text: string) => showable(text.replace(/["<>\\]/g, ' '), 150);

/** What lets a mail reader end such mails at one press (RFC 8058 §3.1). */
const oneClick = (url: string) => ({
  'List-Unsubscribe': `<${url}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
});

/** Sends a mail, or puts it in the local mailbox of a demo. Throws when it could not be handed on; the job tries again. */
export async function sendMail(letter: Letter): Promise<void> {
  const { mail } = config();
  if (mail.kind === 'none') throw new Error('no mail transport is configured');
  const address = /<([^>]+)>/.exec(mail.from)?.[1] ?? mail.from;
  const message = {
    from: letter.fromName ? { name: headerSafe(letter.fromName), address } : mail.from,
    to: letter.to,
    subject: headerSafe(letter.subject),
    text: letter.text,
    html: letter.html,
    ...(letter.replyTo ? { replyTo: letter.replyTo } : {}),
    ...(letter.unsubscribeUrl ? { headers: oneClick(letter.unsubscribeUrl) } : {}),
  };
  if (mail.kind === 'smtp') {
    const attachments = letter.inline.map(({ cid, contentType, bytes }) => ({
      ...{ cid, contentType, content: Buffer.from(bytes), contentDisposition: 'inline' as const },
    }));
    await createTransport(mail.url.reveal()).sendMail({ ...message, attachments });
    return;
  }
  mkdirSync(mail.folder, { recursive: true, mode: 0o700 });
  const name = `${String(wallClock.now().getTime()).padStart(15, '0')}-${randomUUID()}`;
  const from = typeof message.from === 'string' ? message.from : `${message.from.name} <${message.from.address}>`;
  writeFileSync(
    path.join(mail.folder, `${name}.part`),
    JSON.stringify({ ...message, inline: inText(letter), from, at: wallClock.now().toISOString() }),
    { mode: 0o600 },
  );
  renameSync(path.join(mail.folder, `${name}.part`), path.join(mail.folder, `${name}.json`));
}

const inText = ({ inline }: Letter) =>
  inline.map(({ bytes, ...image }) => ({ ...image, bytes: Buffer.from(bytes).toString('base64') }));

const Stored = z.object({
  from: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  at: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
});
export type StoredMail = z.infer<typeof Stored> & { id: string };

/** The mails of a demo's local mailbox, newest first; null where mail really leaves. */
export function readMailbox(): StoredMail[] | null {
  const { mail } = config();
  if (mail.kind !== 'mailbox') return null;
  let names: string[];
  try {
    names = readdirSync(mail.folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  const { folder } = mail;
  return names
    .sort()
    .reverse()
    .slice(0, 50)
    .map((name) => ({
      id: name.replace(/\.json$/, ''),
      ...Stored.parse(JSON.parse(readFileSync(path.join(folder, name), 'utf8'))),
    }));
}
