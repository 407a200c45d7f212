'use client';

import { ClipboardCopy } from 'lucide-react';
import { useState } from 'react';
import { buttonClass } from '../ui/button.tsx';

export type Copyable = { label: string; value: string };
type CopyInOrderProps = { fields: readonly Copyable[]; onCopied: () => void };

/**
 * One field at a time, in the order of the receiving form: each press copies the next one and names it, so that a person who
 * goes to and fro between two windows needs the return key and nothing else. It keeps the focus.
 */
export function CopyInOrder({ fields, onCopied }: CopyInOrderProps) {
  const [at, setAt] = useState(0);
  const [refused, setRefused] = useState(false);
  const next = fields[at];
  const onClipboard = fields[at - 1];

  async function copy() {
    try {
      await navigator.clipboard.writeText(next?.value ?? '');
      setRefused(false);
      onCopied();
      setAt(next ? at + 1 : 0);
    } catch {
      setRefused(true);
    }
  }

  return (
    <div className="flex basis-full flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-warn/25 pt-2">
      <button type="button" onClick={copy} className={buttonClass('primary', 'small')}>
        <ClipboardCopy size={14} aria-hidden="true" />
        {next ? `Copy next: ${next.label}` : 'Empty the clipboard and begin again'}
      </button>
      <output className="min-w-0 text-[13px]">
        {refused ? (
          'The browser refused to copy; use the buttons below, or copy by hand.'
        ) : onClipboard ? (
          <>
            <span className="font-medium">{onClipboard.label}</span> is on the clipboard, {at} of {fields.length}
          </>
        ) : (
          'One field after the other, in the order of the form'
        )}
      </output>
    </div>
  );
}
