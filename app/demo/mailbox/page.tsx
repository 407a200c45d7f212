import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { readMailbox } from '#lib/mail/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Local mailbox' };

/** Links of a mail's text become links of the page; everything else stays text. */
function Body({ text }: { text: string }) {
  return (
    <p className="mt-3 whitespace-pre-wrap break-words text-sm leading-6">
      {text.split(/(https?:\/\/\S+)/).map((part, at) =>
        at % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never change places
          <a key={at} href={part} className="break-all font-medium text-wax underline underline-offset-2">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}

/** Where the mails of a demo arrive. Does not exist where mail really leaves. */
export default function Mailbox() {
  const mails = readMailbox();
  if (!mails) notFound();
  return (
    <main className="mx-auto max-w-2xl px-4 py-10 sm:px-6">
      <h1 className="text-2xl font-semibold tracking-tight">Local mailbox</h1>
      <p className="mt-2 text-sm text-muted">This is a demo: mail is not sent, it lands here. Newest first.</p>
      {mails.length === 0 ? (
        <p className="mt-8 rounded-lg border border-line p-6 text-sm">
          Nothing has been mailed yet. Ask for a sign-in link, or invite a customer by e-mail.
        </p>
      ) : (
        <ul className="mt-8 space-y-4">
          {mails.map((mail, at) => (
            <li key={mail.id}>
              <details open={at === 0} className="rounded-lg border border-line bg-raised p-4">
                <summary className="cursor-pointer">
                  <span className="font-medium">{mail.subject}</span>
                  <span className="mt-1 block text-xs text-muted">
                    To {mail.to} · {mail.at.slice(0, 16).replace('T', ' ')} UTC
                  </span>
                </summary>
                <Body text={mail.text} />
              </details>
            </li>
          ))}
        </ul>
      )}
    </main>
  );
}
