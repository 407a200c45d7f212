import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';

type Crumb = { href: string; label: string };
type PageHeaderProps = { title: ReactNode; crumbs?: Crumb[]; lead?: ReactNode; actions?: ReactNode };

/** The one h1 of a page, the way back, and what can be done here. */
export function PageHeader({ title, crumbs = [], lead, actions }: PageHeaderProps) {
  return (
    <header className="mb-6">
      {crumbs.length > 0 ? (
        <nav aria-label="You are here" className="mb-2 print:hidden">
          <ol className="flex flex-wrap items-center gap-x-1 text-[13px] text-muted">
            {crumbs.map(({ href, label }) => (
              <li key={href} className="flex items-center gap-x-1">
                <Link href={href} className="rounded-sm py-1 hover:text-ink hover:underline hover:underline-offset-4">
                  {label}
                </Link>
                <ChevronRight size={14} aria-hidden="true" />
              </li>
            ))}
          </ol>
        </nav>
      ) : null}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-[1.375rem] font-semibold leading-8 tracking-tight">{title}</h1>
          {lead ? <div className="mt-1 max-w-2xl text-sm leading-6 text-muted">{lead}</div> : null}
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2 print:hidden">{actions}</div> : null}
      </div>
    </header>
  );
}
