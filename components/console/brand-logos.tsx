import { clsx } from 'clsx';
import { Button } from '../ui/button.tsx';
import { Fault } from '../ui/field.tsx';

export type LogoOption = {
  id: string;
  path: string;
  width: number;
  height: number;
  tone: 'dark' | 'light' | 'filled';
  /** Whether the saved brand shows it; then it cannot be removed. */
  inUse: boolean;
};

type LogoChoiceProps = {
  name: string;
  legend: string;
  /** What it means to choose none. */
  none: string;
  value: string;
  logos: readonly LogoOption[];
  fault?: string | undefined;
  removable?: boolean;
  /** Shown as on a dark screen. */
  dark?: boolean;
};

const tile =
  'flex min-h-16 cursor-pointer items-center gap-3 rounded-md border border-line-strong/60 bg-field px-3 py-2.5 text-sm has-checked:border-wax has-checked:ring-1 has-checked:ring-wax has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-wax';

/** The pictures that were uploaded, to choose one from. */
export function LogoChoice({
  name,
  legend,
  none,
  value,
  logos,
  fault,
  removable = false,
  dark = false,
}: LogoChoiceProps) {
  return (
    <fieldset aria-describedby={fault ? `${name}-fault` : undefined}>
      <legend className="text-sm font-medium">{legend}</legend>
      <div className="mt-1.5 grid gap-2 sm:grid-cols-2">
        <label className={tile}>
          <input
            type="radio"
            name={name}
            value=""
            defaultChecked={'' === value}
            className="size-4 shrink-0 accent-wax"
          />
          {none}
        </label>
        {logos.map(({ id, path, width, height, inUse }, at) => (
          <div key={id} className="flex min-w-0 items-stretch gap-2">
            <label className={clsx(tile, 'min-w-0 flex-1')}>
              <input
                type="radio"
                name={name}
                value={path}
                defaultChecked={path === value}
                className="size-4 shrink-0 accent-wax"
              />
              <span
                className={clsx(
                  'flex min-w-0 flex-1 items-center justify-center rounded-sm p-2',
                  dark ? 'bg-[#16191f]' : 'bg-white',
                )}
              >
                {/* biome-ignore lint/performance/noImgElement: it is as small as it will ever be. */}
                <img src={path} alt={`Logo ${at + 1}, ${width} by ${height} pixels`} className="max-h-10 max-w-full" />
              </span>
            </label>
            {removable && !inUse ? (
              <Button
                kind="quiet"
                size="small"
                formAction="/console/brand/remove-logo"
                formNoValidate
                name="remove_logo"
                value={id}
                className="h-auto self-stretch px-2 text-muted"
              >
                Remove<span className="sr-only"> logo {at + 1}</span>
              </Button>
            ) : null}
          </div>
        ))}
      </div>
      {fault ? <Fault id={name}>{fault}</Fault> : null}
    </fieldset>
  );
}
