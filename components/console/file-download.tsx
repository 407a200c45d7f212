'use client';

import { FileDown, LockKeyhole, LockKeyholeOpen } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { goAndSignIn } from './go-and-sign-in.ts';

type FileDownloadProps = {
  handoffId: string;
  csrf: string;
  /** What the file is, and what is known of its format. */
  format: string;
  confidence: string;
  /** Whose key it is encrypted to; null when it can be read as it is. */
  encryptedTo: string | null;
  delivered: boolean;
  /** Whether this member may still take it. */
  open: boolean;
  /** Stands in for the download while the sign-in is too old for a first one. */
  again: ReactNode;
  cancel: ReactNode;
  outcome: ReactNode;
};

/** Keeps what came as a file of the name it came with. */
async function keep(answer: Response): Promise<void> {
  const name = /filename="([\w.-]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'waxseal';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Lets a member take a handoff's file, once; without script the form does the same, and the page is loaded again by hand. */
export function FileDownload(props: FileDownloadProps) {
  const { handoffId, csrf, format, confidence, encryptedTo, delivered, open, again, cancel, outcome } = props;
  const [busy, setBusy] = useState(false);
  const router = useRouter();
  const signIn = delivered ? null : again;

  async function take(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setBusy(true);
    const form = event.currentTarget;
    const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    const answer = await fetch(form.action, { method: 'POST', body, cache: 'no-store' }).catch(() => null);
    if (answer?.status === 401) return goAndSignIn('/sign-in/again');
    if (!answer || answer.redirected) return window.location.assign(answer?.url ?? `/console/handoffs/${handoffId}`);
    await keep(answer).catch(() => {}); // an answer that broke off can be asked for again; the page says so
    setBusy(false);
    router.refresh();
  }

  if (!open)
    return (
      <div className="space-y-5">
        <Over wasOpen={delivered} />
        {delivered ? outcome : null}
      </div>
    );
  return (
    <div className="space-y-5">
      <section className="rounded-lg border border-line bg-raised px-4 py-4 sm:px-5">
        <div className="flex gap-3">
          {delivered ? (
            <LockKeyholeOpen size={18} aria-hidden="true" className="mt-0.5 shrink-0 text-warn" />
          ) : (
            <LockKeyhole size={18} aria-hidden="true" className="mt-0.5 shrink-0 text-wax" />
          )}
          <div className="min-w-0 text-sm leading-6">
            <h2 className="font-semibold">{delivered ? 'The file has left' : `${format}, still sealed`}</h2>
            <p className="text-muted">
              {delivered
                ? 'You can download the same file again until ten minutes after the first time, in this session only.'
                : 'From the moment you download it this handoff can’t be cancelled. The file leaves once, to you.'}
            </p>
            <p className="mt-2 text-muted">{confidence}</p>
            <p className="mt-2 text-muted">
              {encryptedTo ? (
                <>
                  Only the holder of the key <strong className="font-medium text-ink">{encryptedTo}</strong> can read
                  it.
                </>
              ) : (
                <>
                  <strong className="font-medium text-ink">It holds secrets that anyone can read.</strong> Do not mail
                  it, use it in one place, and delete it afterwards.
                </>
              )}
            </p>
          </div>
        </div>
        {signIn ? <div className="mt-3 pl-[1.875rem] max-sm:pl-0">{signIn}</div> : null}
        <div className="mt-4 flex flex-wrap gap-2 pl-[1.875rem] max-sm:pl-0">
          {signIn ? null : (
            <form method="post" action={`/console/handoffs/${handoffId}/file`} onSubmit={take}>
              <input type="hidden" name="csrf" value={csrf} />
              <input type="hidden" name="back" value={`/console/handoffs/${handoffId}`} />
              <Button kind={delivered ? 'plain' : 'primary'} disabled={busy}>
                <FileDown size={16} aria-hidden="true" />
                {busy ? 'Opening the seal …' : delivered ? 'Download it again' : 'Download the file'}
              </Button>
            </form>
          )}
          {delivered ? null : cancel}
        </div>
      </section>
      {delivered ? outcome : null}
    </div>
  );
}

function Over({ wasOpen }: { wasOpen: boolean }) {
  return wasOpen ? (
    <Notice tone="calm" title="The file can no longer be downloaded">
      It was here for ten minutes after the first time. If you have it, put it in place and tell us below what became of
      it.
    </Notice>
  ) : (
    <Notice tone="calm" title="The time to use this claim ran out">
      Nothing has left. The credentials go back into custody, and can be claimed again while their 30 days last.
    </Notice>
  );
}
