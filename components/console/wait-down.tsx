'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';

const told = (seconds: number) =>
  seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;

/** How long still, counted down by the browser; at zero the page is read again. Without script it stands as it was told. */
export function WaitDown({ seconds }: { seconds: number }) {
  const router = useRouter();
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const over = Date.now() + seconds * 1000;
    const timer = setInterval(() => {
      const now = Math.max(0, Math.ceil((over - Date.now()) / 1000));
      setLeft(now);
      if (now > 0) return;
      clearInterval(timer);
      router.refresh();
    }, 500);
    return () => clearInterval(timer);
  }, [seconds, router]);
  return (
    <span role="timer" className="font-medium text-ink tabular-nums">
      {left > 0 ? `${told(left)} to go.` : 'Now.'}
      <noscript> Open this page again then.</noscript>
    </span>
  );
}
