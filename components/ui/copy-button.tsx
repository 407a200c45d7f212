'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { buttonClass } from './button.tsx';

type CopyButtonProps = { text: string; what: string; label?: string; onCopied?: () => void };

/** Copies one value and says so, on screen and to a screen reader. Where the browser refuses, it says that too. */
export function CopyButton({ text, what, label = 'Copy', onCopied }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2500);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
      onCopied?.();
    } catch {
      setState('refused');
    }
  }

  return (
    <>
      <button type="button" onClick={copy} className={buttonClass('plain', 'small')}>
        {state === 'copied' ? (
          <Check size={14} aria-hidden="true" className="text-good" />
        ) : (
          <Copy size={14} aria-hidden="true" />
        )}
        {state === 'copied' ? 'Copied' : state === 'refused' ? 'Copy by hand' : label}
        <span className="sr-only"> {what}</span>
      </button>
      <output className="sr-only">
        {state === 'copied' ? `${what} copied` : state === 'refused' ? 'The browser refused to copy' : ''}
      </output>
    </>
  );
}
