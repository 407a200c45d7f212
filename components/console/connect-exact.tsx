'use client';

import { type ReactNode, useEffect, useRef } from 'react';

export type ConnectMode = 'same-tab' | 'popup' | 'new-tab';
export type ConnectEvent = { type: string } & Record<string, unknown>;

const types = ['ready', 'opened', 'leaving', 'returned', 'finished', 'closed', 'error'];

type ConnectExactProps = {
  /** The `url` of an invitation, made by your server. */
  href: string;
  mode?: ConnectMode;
  onEvent?: (event: ConnectEvent) => void;
  children: ReactNode;
};

/** The button. The script tag stands in the page's own HTML, where its integrity value is. */
export function ConnectExact({ href, mode = 'popup', onEvent, children }: ConnectExactProps) {
  const element = useRef<HTMLElement>(null);
  const newest = useRef(onEvent);
  useEffect(() => {
    newest.current = onEvent;
  });
  useEffect(() => {
    const node = element.current;
    const tell = (event: Event) => newest.current?.((event as CustomEvent<ConnectEvent>).detail);
    for (const type of types) node?.addEventListener(type, tell);
    return () => {
      for (const type of types) node?.removeEventListener(type, tell);
    };
  }, []);
  return (
    <waxseal-connect ref={element} mode={mode}>
      <a href={href}>{children}</a>
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
