'use client';

import { type ReactNode, useEffect, useRef, useState } from 'react';

export type ConnectMode = 'same-tab' | 'popup' | 'new-tab';
export type ConnectEvent = { type: string; recoverable?: boolean } & Record<string, unknown>;

const types = ['ready', 'opened', 'leaving', 'returned', 'finished', 'closed', 'error'];

type ConnectExactProps = {
  /** The `url` of an invitation, made by your server. */
  href: string;
  mode?: ConnectMode;
  onEvent?: (event: ConnectEvent) => void;
  /** Said while the window seems closed, in your customer's language. */
  hint?: { question: string; action: string };
  children: ReactNode;
};

const english = { question: 'Did the window close?', action: 'Continue here' };

/** The button. The script tag stands in the page's own HTML, where its integrity value is. */
export function ConnectExact({ href, mode = 'same-tab', onEvent, hint = english, children }: ConnectExactProps) {
  const [closed, setClosed] = useState(false);
  const element = useRef<HTMLElement>(null);
  const newest = useRef(onEvent);
  useEffect(() => {
    newest.current = onEvent;
  });
  useEffect(() => {
    const node = element.current;
    const tell = (event: Event) => {
      const { detail } = event as CustomEvent<ConnectEvent>;
      // What can be mended is mended on the customer's page: the way back to it stays.
      if (detail.type !== 'ready' && !detail.recoverable) setClosed(detail.type === 'closed');
      newest.current?.(detail);
    };
    for (const type of types) node?.addEventListener(type, tell);
    return () => {
      for (const type of types) node?.removeEventListener(type, tell);
    };
  }, []);
  return (
    <waxseal-connect ref={element} mode={mode}>
      <a href={href}>{children}</a>
      <span role="status">
        {closed ? (
          <>
            {' '}
            {hint.question} <a href={href}>{hint.action}</a>
          </>
        ) : null}
      </span>
    </waxseal-connect>
  );
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'waxseal-connect': React.DetailedHTMLProps<React.HTMLAttributes<HTMLElement>, HTMLElement> & {
        mode?: ConnectMode;
      };
    }
  }
}
