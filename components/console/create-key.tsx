'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { TextField } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { goAndSignIn } from './go-and-sign-in.ts';

async function makeKey(label: string, csrf: string): Promise<string> {
  const answer = await fetch('/console/api-keys/create', {
    method: 'POST',
    headers: { 'x-csrf': csrf, 'content-type': 'application/json' },
    body: JSON.stringify({ label }),
  });
  const body = (await answer.json()) as { key?: string; error?: string; again?: string };
  if (body.again) goAndSignIn(body.again);
  if (!answer.ok || !body.key) throw new Error(body.error ?? 'The key could not be made.');
  return body.key;
}

/** Makes an API key and shows it this once, from memory; after Done it is nowhere. */
export function CreateKey({ csrf }: { csrf: string }) {
  const router = useRouter();
  const [key, setKey] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const label = String(new FormData(event.currentTarget).get('label') ?? '').trim();
    setBusy(true);
    setError(null);
    try {
      setKey(await makeKey(label, csrf));
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : 'The key could not be made.');
    } finally {
      setBusy(false);
    }
  }

  if (key)
    return (
      <Notice tone="good" role="status" title="Copy this key now">
        <p>It is shown this once. We keep a hash of it, so nobody can look it up later.</p>
        <div className="mt-3 flex items-start gap-2 rounded-md border border-line bg-raised py-1.5 pr-1.5 pl-3 max-sm:flex-col">
          <code className="min-w-0 flex-1 break-all py-1 font-mono text-[13px] leading-5">{key}</code>
          <CopyButton text={key} what="API key" />
        </div>
        <Button
          type="button"
          kind="plain"
          size="small"
          className="mt-3"
          onClick={() => {
            setKey(null);
            router.refresh();
          }}
        >
          Done, I have stored it
        </Button>
      </Notice>
    );
  return (
    <form onSubmit={create} className="flex flex-wrap items-end gap-3">
      <div className="min-w-0 flex-1 basis-56">
        <TextField
          id="label"
          label="Label"
          required
          maxLength={100}
          autoComplete="off"
          placeholder="Onboarding server"
        />
      </div>
      <Button kind="primary" disabled={busy}>
        Create key
      </Button>
      {error ? (
        <p role="alert" className="basis-full text-sm text-bad">
          {error}
        </p>
      ) : null}
    </form>
  );
}
