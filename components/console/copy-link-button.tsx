'use client';

import { Check, Link2 } from 'lucide-react';
import { useState } from 'react';
import { buttonClass } from '../ui/button.tsx';
import { fetchLink } from './fetch-link.ts';

type CopyLinkProps = { connectionId: string; customer: string; csrf: string };

/** Writes a text that is still on its way; Safari only allows that while the click is fresh, so the promise goes along. */
async function copyLater(text: Promise<string>): Promise<void> {
  if (typeof ClipboardItem !== 'undefined') {
    const blob = text.then((value) => new Blob([value], { type: 'text/plain' }));
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
  } else await navigator.clipboard.writeText(await text);
}

/** Fetches the customer's link only when it is asked for, so it is on no page, and copies it. */
export function CopyLinkButton({ connectionId, customer, csrf }: CopyLinkProps) {
  const [state, setState] = useState<'idle' | 'busy' | 'copied'>('idle');
  const [said, setSaid] = useState<string | null>(null);
  const [shown, setShown] = useState<string | null>(null);

  async function copy() {
    setState('busy');
    setSaid(null);
    const link = fetchLink(connectionId, csrf).then(({ url }) => url);
    try {
      await copyLater(link);
      setState('copied');
      setSaid('Link copied');
      setTimeout(() => setState('idle'), 2500);
    } catch {
      setState('idle');
      // Either the link could not be had, or the browser would not copy it: then it is shown to copy by hand.
      await link.then(setShown, (error: Error) => setSaid(error.message));
    }
  }

  return (
    <span className="inline-flex max-w-full flex-col items-end gap-1 @max-4xl:items-stretch">
      <button type="button" onClick={copy} disabled={state === 'busy'} className={buttonClass('plain', 'small')}>
        {state === 'copied' ? (
          <Check size={14} aria-hidden="true" className="text-good" />
        ) : (
          <Link2 size={14} aria-hidden="true" />
        )}
        {state === 'copied' ? 'Copied' : 'Copy link'}
        <span className="sr-only"> for {customer}</span>
      </button>
      {shown ? (
        <input
          readOnly
          value={shown}
          aria-label={`Link for ${customer}`}
          onFocus={(event) => event.currentTarget.select()}
          className="w-44 rounded border border-line-strong bg-field px-2 py-1 font-mono text-xs"
        />
      ) : null}
      <output className={state === 'copied' || !said ? 'sr-only' : 'text-[13px] text-bad'}>{said}</output>
    </span>
  );
}
