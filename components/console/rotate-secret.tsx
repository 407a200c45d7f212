'use client';

import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Notice } from '../ui/notice.tsx';
import { goAndSignIn } from './go-and-sign-in.ts';

async function makeSecret(page: string, csrf: string): Promise<string> {
  const answer = await fetch(`${page}/rotate-secret`, { method: 'POST', headers: { 'x-csrf': csrf } });
  const body = (await answer.json()) as { secret?: string; error?: string; again?: string };
  if (body.again) goAndSignIn(body.again);
  if (!answer.ok || !body.secret) throw new Error(body.error ?? 'The secret could not be made.');
  return body.secret;
}

/** Makes a signing secret and shows it this once, from memory; after Done it is nowhere. */
export function RotateSecret({ page, csrf }: { page: string; csrf: string }) {
  const [secret, setSecret] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function make() {
    setBusy(true);
    setError(null);
    try {
      setSecret(await makeSecret(page, csrf));
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : 'The secret could not be made.');
    } finally {
      setBusy(false);
    }
  }

  if (secret)
    return (
      <Notice tone="good" role="status" title="Copy this secret now">
        <p>
          It is shown this once. Requests carry its signature from now on; for 24 hours that of the one before, too.
        </p>
        <div className="mt-3 flex items-start gap-2 rounded-md border border-line bg-raised py-1.5 pr-1.5 pl-3 max-sm:flex-col">
          <code className="min-w-0 flex-1 break-all py-1 font-mono text-[13px] leading-5">{secret}</code>
          <CopyButton text={secret} what="signing secret" />
        </div>
        <Button type="button" kind="plain" size="small" className="mt-3" onClick={() => setSecret(null)}>
          Done, I have stored it
        </Button>
      </Notice>
    );
  return (
    <div className="space-y-3">
      <p className="text-sm leading-6 text-muted">
        Your endpoint knows our requests by it. Make one when you set the endpoint up, and whenever the one it has may
        have been seen.
      </p>
      <Button type="button" kind="plain" disabled={busy} onClick={() => void make()}>
        Make a signing secret
      </Button>
      {error ? (
        <p role="alert" className="text-sm text-bad">
          {error}
        </p>
      ) : null}
    </div>
  );
}
