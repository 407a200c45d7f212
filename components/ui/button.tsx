import { clsx } from 'clsx';
import Link from 'next/link';
import type { ComponentProps, ReactNode } from 'react';

export type ButtonKind = 'primary' | 'plain' | 'quiet' | 'danger';
export type ButtonSize = 'small' | 'normal';

const kinds: Record<ButtonKind, string> = {
  primary: 'bg-wax text-on-wax hover:bg-wax-deep',
  plain: 'border border-line-strong/60 bg-raised text-ink hover:border-line-strong hover:bg-sunken',
  quiet: 'text-ink hover:bg-sunken',
  danger: 'border border-bad/50 bg-raised text-bad hover:bg-bad-soft',
};
const sizes: Record<ButtonSize, string> = {
  small: 'h-8 px-3 text-[13px] max-md:h-10',
  normal: 'h-10 px-4 text-sm max-md:h-11',
};

/** One look for everything that acts, whether it is a button or a link. */
export const buttonClass = (kind: ButtonKind = 'plain', size: ButtonSize = 'normal', extra?: string) =>
  clsx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors disabled:opacity-60',
    kinds[kind],
    sizes[size],
    extra,
  );

type Look = { kind?: ButtonKind; size?: ButtonSize; children: ReactNode };

export function Button({ kind, size, className, type = 'submit', ...rest }: Look & ComponentProps<'button'>) {
  return <button type={type} className={buttonClass(kind, size, className)} {...rest} />;
}

export function ButtonLink({ kind, size, className, ...rest }: Look & ComponentProps<typeof Link>) {
  return <Link className={buttonClass(kind, size, className)} {...rest} />;
}
