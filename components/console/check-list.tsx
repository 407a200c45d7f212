import { clsx } from 'clsx';
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import type { Check } from './preflight.ts';
import { WaitDown } from './wait-down.tsx';

const marks = {
  good: { Icon: CircleCheck, look: 'text-good', word: 'In order' },
  warn: { Icon: TriangleAlert, look: 'text-warn', word: 'Mind' },
  bad: { Icon: CircleAlert, look: 'text-bad', word: 'Stops you' },
} as const;

/** The list before the start; each mark also says its word to those who do not see it. */
export function CheckList({ checks }: { checks: Check[] }) {
  return (
    <ul className="divide-y divide-line">
      {checks.map(({ id, tone, title, text, waitSeconds, links }) => {
        const { Icon, look, word } = marks[tone];
        return (
          <li key={id} className="flex gap-3 px-4 py-3 sm:px-5">
            <Icon size={18} aria-hidden="true" className={clsx('mt-0.5 shrink-0', look)} />
            <div className="min-w-0 text-sm">
              <p className="font-medium">
                <span className="sr-only">{word}: </span>
                {title}
              </p>
              <p className="mt-0.5 leading-5 text-muted">
                {text} {waitSeconds ? <WaitDown seconds={waitSeconds} /> : null}
              </p>
              {links ? (
                <ul className="mt-1.5 flex flex-wrap gap-x-4 gap-y-1">
                  {links.map(({ href, label }) => (
                    <li key={href}>
                      <Link href={href} className="font-medium text-wax underline underline-offset-2">
                        <bdi>{label}</bdi>
                      </Link>
                    </li>
                  ))}
                </ul>
              ) : null}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
