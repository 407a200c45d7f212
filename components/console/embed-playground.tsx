'use client';

import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { type ConnectEvent, ConnectExact, type ConnectMode } from './connect-exact.tsx';
import { Code } from './docs.tsx';

const modes: Record<ConnectMode, string> = { popup: 'Pop-up', 'new-tab': 'New tab', 'same-tab': 'Same tab' };
type Heard = ConnectEvent & { at: string };

async function invite(csrf: string): Promise<string> {
  const answer = await fetch('/console/embed/try', { method: 'POST', headers: { 'x-csrf': csrf } });
  const body = (await answer.json()) as { url?: string; error?: string };
  if (!body.url) throw new Error(body.error ?? 'The invitation could not be made.');
  return body.url;
}

/** The real button with a real invitation of the reader's sandbox, and every event as it comes. */
export function EmbedPlayground({ csrf }: { csrf: string }) {
  const [mode, setMode] = useState<ConnectMode>('popup');
  const [url, setUrl] = useState<string | null>(null);
  const [heard, setHeard] = useState<Heard[]>([]);
  const [error, setError] = useState<string | null>(null);

  async function start() {
    setError(null);
    try {
      const made = await invite(csrf);
      setHeard([]);
      setUrl(made);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : 'The invitation could not be made.');
    }
  }
  const hear = (event: ConnectEvent) =>
    setHeard((before) => [...before, { ...event, at: new Date().toLocaleTimeString('en-GB') }]);

  return (
    <div className="space-y-4 rounded-lg border border-line bg-raised p-4 sm:p-5">
      <fieldset>
        <legend className="text-sm font-medium">Opens in</legend>
        <div className="mt-1.5 flex flex-wrap gap-x-5 gap-y-1">
          {Object.entries(modes).map(([value, label]) => (
            <label key={value} className="flex items-center gap-2 py-1 text-sm">
              <input
                type="radio"
                name="mode"
                value={value}
                checked={mode === value}
                onChange={() => setMode(value as ConnectMode)}
                className="size-4 accent-wax"
              />
              {label}
            </label>
          ))}
        </div>
      </fieldset>
      <div className="flex flex-wrap items-center gap-3">
        <Button type="button" kind={url ? 'plain' : 'primary'} onClick={start}>
          {url ? 'Another invitation' : 'Make an invitation'}
        </Button>
        {url ? (
          <span className="font-medium underline underline-offset-4">
            <ConnectExact key={url} href={url} mode={mode} onEvent={hear}>
              Connect Exact Online
            </ConnectExact>
          </span>
        ) : null}
      </div>
      {error ? (
        <p role="alert" className="text-sm text-bad">
          {error}
        </p>
      ) : null}
      {url ? (
        <Code>{`<waxseal-connect mode="${mode}">\n  <a href="${url}">Connect Exact Online</a>\n</waxseal-connect>`}</Code>
      ) : null}
      <div role="log" aria-label="Events" className="font-mono text-[13px] leading-6">
        {heard.map(({ at, type, ...detail }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a record that only grows
          <p key={index} className="break-all">
            <span className="text-muted">{at}</span> {type} <span className="text-muted">{JSON.stringify(detail)}</span>
          </p>
        ))}
      </div>
    </div>
  );
}
