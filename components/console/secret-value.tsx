'use client';

import { Check, Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { buttonClass } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';

type ValueRowProps = { label: string; value: string | null; secret?: boolean; note?: string; onCopied: () => void };

/** One field of the receiving form: its name as it stands there, the value, and its own copy button. */
export function ValueRow({ label, value, secret = false, note, onCopied }: ValueRowProps) {
  const [shown, setShown] = useState(!secret);
  const [copied, setCopied] = useState(false);
  const noteCopied = () => {
    setCopied(true);
    onCopied();
  };
  return (
    <div className="mt-3 first:mt-0">
      <p className="flex items-center gap-1.5 text-[13px] text-muted">
        <span className="font-medium text-ink">{label}</span>
        {copied ? (
          <span className="inline-flex items-center gap-1 text-good">
            <Check size={13} aria-hidden="true" /> copied once
          </span>
        ) : null}
      </p>
      <div className="mt-1 flex items-start gap-2 rounded-md border border-line bg-sunken py-1.5 pr-1.5 pl-3 max-sm:flex-col max-sm:pr-3">
        <code className="min-w-0 flex-1 self-center break-all py-1 font-mono text-[13px] leading-5 max-sm:w-full">
          {value === null ? (
            <span className="font-sans text-muted">shown after you reveal the values</span>
          ) : shown ? (
            value
          ) : (
            <>
              <span aria-hidden="true" className="tracking-widest">
                ••••••••••••••••
              </span>
              <span className="sr-only">hidden</span>
            </>
          )}
        </code>
        {value === null ? null : (
          <span className="flex shrink-0 gap-1.5">
            {secret ? (
              <button
                type="button"
                onClick={() => setShown(!shown)}
                aria-pressed={shown}
                className={buttonClass('quiet', 'small', 'px-2')}
              >
                {shown ? <EyeOff size={15} aria-hidden="true" /> : <Eye size={15} aria-hidden="true" />}
                <span className="sr-only">Show {label}</span>
              </button>
            ) : null}
            <CopyButton text={value} what={label} onCopied={noteCopied} />
          </span>
        )}
      </div>
      {note ? <p className="mt-1 text-[13px] leading-5 text-muted">{note}</p> : null}
    </div>
  );
}
