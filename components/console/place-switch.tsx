import { clsx } from 'clsx';
import { FlaskConical } from 'lucide-react';

/** `to` is what the form posts: a partner, or `sandbox` for one that is made on the first visit. */
export type PlaceLink = { to: string; name: string; sandbox: boolean; here: boolean };
type PlaceSwitchProps = { pair: readonly PlaceLink[]; others: readonly PlaceLink[]; csrf: string };

/** One press between what is real and what is played; the place you are in is not a button. */
export function PlaceSwitch({ pair, others, csrf }: PlaceSwitchProps) {
  return (
    <form method="post" action="/console/switch" className="text-[13px]">
      <input type="hidden" name="csrf" value={csrf} />
      {pair.length > 1 ? (
        <div className="flex rounded-md border border-line-strong/50 bg-sunken p-0.5">
          {pair.map((place) => (
            <Half key={place.to} {...place} />
          ))}
        </div>
      ) : null}
      {others.length > 0 ? (
        <details className="mt-1 max-lg:hidden">
          <summary className="rounded px-1 py-1 text-xs text-muted hover:text-ink">Other partners</summary>
          <ul className="mt-1 grid gap-0.5">
            {others.map(({ to, name, sandbox }) => (
              <li key={to}>
                <button
                  type="submit"
                  name="to"
                  value={to}
                  className="w-full truncate rounded px-2 py-1.5 text-left hover:bg-sunken"
                >
                  {name}
                  {sandbox ? <span className="text-muted"> (sandbox)</span> : null}
                </button>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </form>
  );
}

function Half({ to, sandbox, here }: PlaceLink) {
  const label = sandbox ? 'Sandbox' : 'Live';
  const shape = 'flex h-8 flex-1 items-center justify-center gap-1.5 rounded px-2.5 max-lg:h-9';
  if (here) {
    return (
      <span
        aria-current="true"
        className={clsx(shape, 'font-semibold', sandbox ? 'bg-warn text-page' : 'bg-raised text-ink shadow-sm')}
      >
        {sandbox ? <FlaskConical size={14} aria-hidden="true" /> : null}
        {label}
      </span>
    );
  }
  return (
    <button type="submit" name="to" value={to} className={clsx(shape, 'text-muted hover:text-ink')}>
      {label}
    </button>
  );
}
