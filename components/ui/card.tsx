import { clsx } from 'clsx';
import type { ReactNode } from 'react';

type CardProps = { title?: ReactNode; aside?: ReactNode; children: ReactNode; flush?: boolean; className?: string };

/** A sheet of paper on the page; `flush` lets a list reach its edges. */
export function Card({ title, aside, children, flush = false, className }: CardProps) {
  return (
    <section className={clsx('rounded-lg border border-line bg-raised', className)}>
      {title ? (
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-4 py-3 sm:px-5">
          <h2 className="text-sm font-semibold">{title}</h2>
          {aside}
        </div>
      ) : null}
      <div className={flush ? '' : 'px-4 py-4 sm:px-5'}>{children}</div>
    </section>
  );
}

/** Facts in two columns; where there is little room the name stands above its value. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="@container divide-y divide-line text-sm">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-0.5 px-4 py-2.5 sm:px-5 @md:grid-cols-[10rem_1fr]">
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}
