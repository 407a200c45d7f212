'use client';

import { useState } from 'react';
import { buttonClass } from '../ui/button.tsx';

/** The last value copied would stay on the clipboard for whatever is pasted next. */
export function ClearClipboard() {
  const [said, setSaid] = useState('');
  async function clear() {
    try {
      await navigator.clipboard.writeText('');
      setSaid('The clipboard is empty.');
    } catch {
      setSaid('The browser refused; copy something else instead.');
    }
  }
  return (
    <p className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1">
      <button type="button" onClick={clear} className={buttonClass('plain', 'small')}>
        Empty the clipboard
      </button>
      <output className="text-[13px]">{said}</output>
    </p>
  );
}
