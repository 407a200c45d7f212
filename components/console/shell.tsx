import { clsx } from 'clsx';
import { LogOut } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { SubmitOnce } from '../ui/submit-once.tsx';
import { NavLinks } from './nav-links.tsx';
import { SealMark } from './sign-in-frame.tsx';

type ShellProps = {
  partner: string;
  member: { name: string; role: string };
  csrf: string;
  /** Nothing here is real: the frame takes another colour, so that nobody mistakes one for the other. */
  sandbox: boolean;
  places: ReactNode;
  banner: ReactNode;
  children: ReactNode;
};

/** The frame of the console: a column beside the page, which on a narrow screen becomes a bar above it. */
export function Shell({ partner, member, csrf, sandbox, places, banner, children }: ShellProps) {
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)] print:block">
      <a
        href="#main"
        className="sr-only rounded-md bg-ink text-sm font-medium text-page focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-20 focus:px-3 focus:py-2"
      >
        Skip to the page
      </a>
      <header
        className={clsx(
          'print:hidden grid grid-cols-[minmax(0,1fr)_auto] items-center border-line max-lg:border-b lg:sticky lg:top-0 lg:flex lg:h-dvh lg:flex-col lg:items-stretch lg:overflow-y-auto lg:border-r',
          sandbox ? 'border-t-4 border-t-warn bg-warn-soft' : 'bg-page',
        )}
      >
        <Link
          href="/console"
          className="flex min-w-0 items-center gap-2.5 rounded-md px-4 py-3 lg:mx-1.5 lg:mt-2 lg:px-3"
        >
          <SealMark />
          <span className="min-w-0">
            <span className="block truncate text-sm font-semibold leading-5">{partner}</span>
            <span className="block text-xs leading-4 text-muted">Waxseal console</span>
          </span>
        </Link>
        <div className="px-4 pb-2 empty:hidden max-lg:order-2 max-lg:col-span-2 lg:px-4">{places}</div>
        <nav
          aria-label="Console"
          className="overflow-x-auto px-2 pb-1 max-lg:order-3 max-lg:col-span-2 lg:mt-3 lg:flex-1 lg:px-3 lg:pb-3"
        >
          <NavLinks sandbox={sandbox} />
        </nav>
        <div className="flex min-w-0 items-center gap-2 px-3 py-2 lg:border-t lg:border-line lg:px-4 lg:py-3">
          <p className="min-w-0 flex-1 max-sm:sr-only">
            <span className="block truncate text-[13px] font-medium leading-5">{member.name}</span>
            <span className="block truncate text-xs leading-4 text-muted">{member.role}</span>
          </p>
          <form method="post" action="/console/sign-out">
            <input type="hidden" name="csrf" value={csrf} />
            <Button kind="quiet" size="small" className="px-2" title="Sign out">
              <LogOut size={16} aria-hidden="true" />
              <span className="sr-only">Sign out</span>
            </Button>
          </form>
        </div>
      </header>
      <div className="min-w-0">
        <SubmitOnce />
        <div className="print:hidden">{banner}</div>
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6 lg:px-8 lg:py-8 print:max-w-none print:p-0"
        >
          {children}
        </main>
      </div>
    </div>
  );
}
