import { clsx } from 'clsx';
import { Search } from 'lucide-react';
import Link from 'next/link';
import { Button } from '../ui/button.tsx';
import { type Group, groups } from './groups.ts';

type ListFilterProps = { group: Group; counts: Record<Group, number>; q: string; cursor: string | null };

const hrefOf = (query: Record<string, string | null>) => {
  const entries = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return entries.length > 0 ? `/console?${new URLSearchParams(entries)}` : '/console';
};

/** Which of the connections to show: by group, and by name. Works without script. */
export function ListFilter({ group, counts, q, cursor }: ListFilterProps) {
  return (
    <div className="mb-4 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <nav aria-label="Filter" className="-mx-1 max-w-full overflow-x-auto px-1 py-0.5">
        <ul className="flex gap-1">
          {groups.map(({ id, label }) => (
            <li key={id} className="shrink-0">
              <Link
                href={hrefOf({ group: id === 'all' ? null : id, q, cursor })}
                aria-current={id === group ? 'true' : undefined}
                className={clsx(
                  'flex h-8 items-center gap-1.5 whitespace-nowrap rounded-md px-2.5 text-[13px] max-md:h-10',
                  id === group ? 'bg-sunken font-medium text-ink' : 'text-muted hover:bg-sunken hover:text-ink',
                )}
              >
                {label}
                <span className="tabular-nums text-muted">{counts[id]}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <search className="max-sm:w-full">
        <form method="get" action="/console" className="flex items-center gap-2">
          {group === 'all' ? null : <input type="hidden" name="group" value={group} />}
          {cursor ? <input type="hidden" name="cursor" value={cursor} /> : null}
          <div className="relative flex-1">
            <Search size={15} aria-hidden="true" className="absolute top-1/2 left-2.5 -translate-y-1/2 text-muted" />
            <input
              type="search"
              name="q"
              defaultValue={q}
              maxLength={200}
              aria-label="Search by customer name, reference or code"
              placeholder="Name, reference or code"
              className="h-8 w-full rounded-md border border-line-strong bg-field pr-2 pl-8 text-[13px] max-md:h-11 max-md:text-base sm:w-52"
            />
          </div>
          <Button kind="plain" size="small">
            Search
          </Button>
        </form>
      </search>
    </div>
  );
}

export function OlderLink({ group, q, next }: { group: Group; q: string; next: string }) {
  return (
    <p className="mt-4 text-center text-sm">
      <Link
        href={hrefOf({ group: group === 'all' ? null : group, q, cursor: next })}
        className="font-medium text-wax underline underline-offset-4"
      >
        Older connections
      </Link>
    </p>
  );
}
