'use client';

import { useEffect } from 'react';

const patienceMs = 8000;

/** A form pressed twice is sent once. Stands on every page; the server does not depend on it. */
export function SubmitOnce() {
  useEffect(() => {
    const sent = new WeakMap<EventTarget, number>();
    const guard = (event: SubmitEvent) => {
      if (event.defaultPrevented || !event.target) return; // a script of ours takes this one
      if (event.submitter?.getAttribute('formtarget') === '_blank') return; // only looks, in a tab of its own
      const before = sent.get(event.target);
      if (before !== undefined && event.timeStamp - before < patienceMs) event.preventDefault();
      else sent.set(event.target, event.timeStamp);
    };
    document.addEventListener('submit', guard);
    return () => document.removeEventListener('submit', guard);
  }, []);
  return null;
}
