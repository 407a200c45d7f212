'use client';

import { usePathname } from 'next/navigation';

/** Tells a form that stands on every page where to come back to. */
export function BackField() {
  return <input type="hidden" name="back" value={usePathname()} />;
}
