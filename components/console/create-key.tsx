'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { TextField } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { goAndSignIn } from './go-and-sign-in.ts';
import { scopeWords } from './words.ts';

async function makeKey(label: string, scopes: string[], csrf: string): Promise<string> {
  const answer = await fetch('/console/api-keys/create', {
    method: 'POST',
    headers: { 'x-csrf': csrf, 'content-type': 'application/json' },
    body: JSON.stringify({ label, scopes }),
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
    const form = new FormData(event.currentTarget);
    const label = String(form.get('label') ?? '').trim();
    setBusy(true);
    setError(null);
    try {
      setKey(await makeKey(label, form.getAll('scopes').map(String), csrf));
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
      <fieldset className="basis-full">
        <legend className="text-sm font-medium">Besides reading, it may</legend>
        <div className="mt-1.5 space-y-1">
          {Object.entries(scopeWords).map(([value, { label, hint, usual }]) => (
            <label key={value} className="flex gap-3 py-1 text-sm leading-5">
              <input
                type="checkbox"
                name="scopes"
                value={value}
                defaultChecked={usual}
                className="mt-0.5 size-4 shrink-0 accent-wax"
              />
              <span className="min-w-0">
                {label}
                {hint ? <span className="block text-[13px] text-muted">{hint}</span> : null}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
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
