import { clsx } from 'clsx';
import type { ComponentProps, ReactNode } from 'react';

const control =
  'block w-full rounded-md border border-line-strong bg-field px-3 text-sm text-ink max-md:text-base disabled:opacity-60';

type Around = {
  id: string;
  label: string;
  hint?: ReactNode;
  optional?: boolean;
  /** What was refused of this field, as a sentence. */
  fault?: string | undefined;
};

/** What a control says of itself to those who do not see what stands around it. */
const about = ({ id, hint, fault }: Pick<Around, 'id' | 'hint' | 'fault'>) => ({
  'aria-describedby': [fault ? `${id}-fault` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ') || undefined,
  'aria-invalid': fault ? (true as const) : undefined,
});

/** The sentence beside a field that was refused. */
export function Fault({ id, children }: { id: string; children: ReactNode }) {
  return (
    <p id={`${id}-fault`} className="mt-1.5 text-[13px] leading-5 font-medium text-bad">
      {children}
    </p>
  );
}

function Labelled({ id, label, hint, optional, fault, children }: Around & { children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
        {optional ? <span className="ml-1.5 font-normal text-muted">optional</span> : null}
      </label>
      <div className="mt-1.5">{children}</div>
      {fault ? <Fault id={id}>{fault}</Fault> : null}
      {hint ? (
        <p id={`${id}-hint`} className="mt-1.5 text-[13px] leading-5 text-muted">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

export function TextField({
  id,
  label,
  hint,
  optional = false,
  fault,
  className,
  ...rest
}: Around & ComponentProps<'input'>) {
  return (
    <Labelled id={id} label={label} hint={hint} optional={optional} fault={fault}>
      <input
        id={id}
        name={rest.name ?? id}
        {...about({ id, hint, fault })}
        className={clsx(control, 'h-10 max-md:h-11', fault && 'border-bad', className)}
        {...rest}
      />
    </Labelled>
  );
}

export function TextAreaField({
  id,
  label,
  hint,
  optional = false,
  fault,
  className,
  ...rest
}: Around & ComponentProps<'textarea'>) {
  return (
    <Labelled id={id} label={label} hint={hint} optional={optional} fault={fault}>
      <textarea
        id={id}
        name={rest.name ?? id}
        {...about({ id, hint, fault })}
        className={clsx(control, 'py-2', fault && 'border-bad', className)}
        {...rest}
      />
    </Labelled>
  );
}

type Option = { value: string; label: string };

export function SelectField({
  id,
  label,
  hint,
  optional = false,
  options,
  ...rest
}: Around & { options: readonly Option[] } & ComponentProps<'select'>) {
  return (
    <Labelled id={id} label={label} hint={hint} optional={optional}>
      <select
        id={id}
        name={rest.name ?? id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className={clsx(control, 'h-10 max-md:h-11')}
        {...rest}
      >
        {options.map(({ value, label: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

type Choice = { value: string; label: string; hint: string };

/** A choice of few, each explained; the whole tile is the label. */
export function ChoiceField({
  name,
  legend,
  choices,
  value,
  wide = false,
  columns = 2,
}: {
  name: string;
  legend: string;
  choices: readonly Choice[];
  value: string;
  /** One below the other, for longer explanations. */
  wide?: boolean;
  columns?: 2 | 3;
}) {
  return (
    <fieldset>
      <legend className="text-sm font-medium">{legend}</legend>
      <div className={clsx('mt-1.5 grid gap-2', !wide && (columns === 3 ? 'sm:grid-cols-3' : 'sm:grid-cols-2'))}>
        {choices.map((choice) => (
          <label
            key={choice.value}
            className="flex cursor-pointer gap-3 rounded-md border border-line-strong/60 bg-field px-3 py-2.5 has-checked:border-wax has-checked:ring-1 has-checked:ring-wax has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-wax"
          >
            <input
              type="radio"
              name={name}
              value={choice.value}
              defaultChecked={choice.value === value}
              className="mt-1 size-4 shrink-0 accent-wax"
            />
            <span className="min-w-0 text-sm">
              <span className="font-medium">{choice.label}</span>
              <span className="mt-0.5 block text-[13px] leading-5 text-muted">{choice.hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** A switch with its reason beside it. */
export function CheckField({
  id,
  label,
  hint,
  defaultChecked,
}: {
  id: string;
  label: string;
  hint: string;
  defaultChecked: boolean;
}) {
  return (
    <div className="flex gap-3">
      <input
        id={id}
        name={id}
        type="checkbox"
        value="on"
        defaultChecked={defaultChecked}
        aria-describedby={`${id}-hint`}
        className="mt-1 size-4 shrink-0 accent-wax"
      />
      <div className="min-w-0 text-sm">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        <p id={`${id}-hint`} className="mt-0.5 text-[13px] leading-5 text-muted">
          {hint}
        </p>
      </div>
    </div>
  );
}
