'use client';

import { clsx } from 'clsx';
import {
  AppWindow,
  BookOpen,
  FlaskConical,
  KeyRound,
  ListChecks,
  MousePointerClick,
  PackageOpen,
  Palette,
  Send,
} from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';

const links = [
  {
    href: '/console',
    label: 'Connections',
    Icon: ListChecks,
    under: ['/console/connections', '/console/handoffs', '/console/bulk-claims'],
  },
  { href: '/console/invite', label: 'Invite', Icon: Send, under: [] },
  { href: '/console/registrations', label: 'Client registrations', Icon: AppWindow, under: [] },
  { href: '/console/targets', label: 'Targets', Icon: PackageOpen, under: [] },
  { href: '/console/brand', label: 'Brand', Icon: Palette, under: [] },
  { href: '/console/embed', label: 'Button', Icon: MousePointerClick, under: [] },
  { href: '/console/api-keys', label: 'API keys', Icon: KeyRound, under: [] },
  { href: '/console/sandbox', label: 'Sandbox', Icon: FlaskConical, under: [] },
  { href: '/docs', label: 'Docs', Icon: BookOpen, under: [] },
] as const;

/** The rooms of the console, with the one you are in marked. */
export function NavLinks({ sandbox }: { sandbox: boolean }) {
  const path = usePathname();
  return (
    <ul className="flex gap-1 lg:flex-col">
      {links
        .filter((link) => sandbox || link.href !== '/console/sandbox')
        .map(({ href, label, Icon, under }) => {
          const here =
            path === href || [...under, href].some((root) => root !== '/console' && `${path}/`.startsWith(`${root}/`));
          return (
            <li key={href} className="shrink-0">
              <Link
                href={href}
                aria-current={here ? 'page' : undefined}
                className={clsx(
                  'flex h-9 items-center gap-2.5 whitespace-nowrap rounded-md px-2.5 text-sm transition-colors max-lg:h-11',
                  here ? 'bg-sunken font-medium text-ink' : 'text-muted hover:bg-sunken hover:text-ink',
                )}
              >
                <Icon size={16} aria-hidden="true" className={clsx('shrink-0 max-lg:hidden', here && 'text-wax')} />
                {label}
              </Link>
            </li>
          );
        })}
    </ul>
  );
}
