'use client';

import { type ChangeEvent, useEffect, useState } from 'react';
import { correctionsOf } from '#lib/branding/theme.ts';
import { Fault } from '../ui/field.tsx';

const hex = /^#[0-9a-f]{6}$/i;

/** The one colour of a brand: typed or picked, with what is changed of it said beside it. The server says the same without script. */
export function BrandColour({ value, fault }: { value: string; fault?: string | undefined }) {
  const [text, setText] = useState(value);
  const [scripted, setScripted] = useState(false);
  useEffect(() => setScripted(true), []);
  const colour = text.trim().toLowerCase();
  const corrections = hex.test(colour) ? correctionsOf(colour) : [];
  const change = (event: ChangeEvent<HTMLInputElement>) => setText(event.target.value);
  return (
    <div>
      <label htmlFor="accent" className="block text-sm font-medium">
        Colour
      </label>
      <div className="mt-1.5 flex gap-2">
        <input
          id="accent"
          name="accent"
          required
          value={text}
          onChange={change}
          maxLength={20}
          spellCheck={false}
          autoComplete="off"
          placeholder="#1f5fd0"
          aria-invalid={fault ? true : undefined}
          aria-describedby={`${fault ? 'accent-fault ' : ''}accent-notes`}
          className="block h-10 w-36 rounded-md border border-line-strong bg-field px-3 font-mono text-sm text-ink max-md:h-11 max-md:text-base disabled:opacity-60"
        />
        {scripted ? (
          <input
            type="color"
            aria-label="Pick the colour"
            value={hex.test(colour) ? colour : '#000000'}
            onChange={change}
            className="h-10 w-14 cursor-pointer rounded-md border border-line-strong bg-field p-1 max-md:h-11 disabled:opacity-60"
          />
        ) : null}
      </div>
      {fault ? <Fault id="accent">{fault}</Fault> : null}
      <div id="accent-notes" aria-live="polite" className="mt-1.5 space-y-1 text-[13px] leading-5 text-muted">
        <p>
          For buttons, links and icons. Where it cannot be read well enough, text takes a darker or brighter shade of
          it.
        </p>
        {corrections.map((correction) => (
          <p key={correction} className="border-l-2 border-warn pl-2.5 text-ink">
            {correction}
          </p>
        ))}
      </div>
    </div>
  );
}
