'use client';

import { useEffect, useState } from 'react';
import {
  type RegistrationError,
  readRegistrationError,
  registrationErrorOf,
  registrationErrors,
} from '#lib/handoff/core/registration-error.ts';
import { Button } from '../ui/button.tsx';
import { SelectField, TextAreaField } from '../ui/field.tsx';

const options = registrationErrors.map(({ code, label }) => ({ value: code, label }));

/** What an error means, and whether it can be mended while the values are still on the screen. */
function Meaning({ error }: { error: RegistrationError }) {
  return (
    <div className="rounded-md border border-line bg-sunken px-3 py-2.5 text-sm leading-6">
      <p className="font-medium">{error.label}</p>
      <p className="mt-0.5 text-muted">{error.meaning}</p>
      <p className="mt-1">{error.next}</p>
    </div>
  );
}

/**
 * The error as pasted or picked, explained before it is reported. With script the pasted text is read here and its
 * field has no name, so it never leaves the browser; without, it is read on arrival and not kept.
 */
export function ErrorReport() {
  const [scripted, setScripted] = useState(false);
  const [code, setCode] = useState<string>('other');
  const [pasted, setPasted] = useState('');
  useEffect(() => setScripted(true), []);
  const error = registrationErrorOf(code);
  const told = error && (error.code !== 'other' || pasted.trim() !== '') ? error : null;

  function read(text: string) {
    setPasted(text);
    if (text.trim() !== '') setCode(readRegistrationError(text).code);
  }

  return (
    <div className="space-y-4">
      <TextAreaField
        id="pasted"
        name={scripted ? '' : 'pasted'}
        label="Paste what the form said"
        optional
        rows={3}
        maxLength={4000}
        spellCheck={false}
        autoComplete="off"
        value={pasted}
        onChange={(event) => read(event.target.value)}
        hint="Read for the errors we know, and not kept: it may hold a secret."
      />
      <SelectField
        id="code"
        label="Or pick the error"
        value={code}
        onChange={(event) => setCode(event.target.value)}
        options={options}
      />
      <output className="block">{told ? <Meaning error={told} /> : null}</output>
      <Button kind={told?.dead ? 'primary' : 'plain'}>Report this error</Button>
    </div>
  );
}
