import type { ReactNode } from 'react';

/** Drawn here, so that no page waits for an image. All of them decorate: the words beside them carry the meaning. */

/** The outline of a pressed blob of wax, in a 64 by 64 box. */
const wax =
  'M32 3.2C35 3.4 37.8 6.6 40.8 7.8C43.8 9 47.7 8.7 50 10.5C52.3 12.4 52.8 16.2 54.6 18.9C56.5 21.7 60.3 23.9 61 26.9C61.7 29.9 59.5 33.4 58.9 36.7C58.3 40.1 59.2 44.2 57.5 46.7C55.8 49.3 51.5 50.1 48.8 52C46.1 53.9 44.4 57.3 41.6 58.3C38.8 59.2 35.2 57.6 32 57.7C28.8 57.8 25 59.9 22.2 59C19.3 58.2 17.4 54.6 14.8 52.5C12.2 50.4 8.1 49.3 6.6 46.6C5.2 44 6.5 39.9 6 36.6C5.5 33.3 3.3 30 3.8 27C4.4 24.1 7.6 21.7 9.2 18.8C10.8 15.9 11 11.6 13.2 9.7C15.5 7.7 19.7 8 22.9 6.9C26 5.8 29 3.1 32 3.2Z';

const pressed = {
  tick: <path d="M22.5 32.6l6.6 6.6 12.6-13.6" />,
  clock: <path d="M32 22.5v10l6.6 4" />,
  look: <path d="M35.6 35.6l6 6M38.2 29.6a8.2 8.2 0 1 1-16.4 0 8.2 8.2 0 0 1 16.4 0z" />,
  pass: <path d="M22 31.5h19M34 24l7.5 7.5L34 39" />,
  mind: <path d="M32 21.5v13M32 40.6v.2" />,
  minus: <path d="M23 31.5h18" />,
  dots: (
    <g className="dots">
      <path d="M22.5 31.5v.1" />
      <path d="M32 31.5v.1" />
      <path d="M41.5 31.5v.1" />
    </g>
  ),
  broken: <path className="crack" d="M33.4 2l-3.6 12.6 7 8.2-8.6 9.4 6 7.6-5.6 8.4 3 11" />,
} as const satisfies Record<string, ReactNode>;

export type Pressed = keyof typeof pressed;
export type Tone = 'brand' | 'warn' | 'bad' | 'quiet';

/** The large seal at the top of a page: its colour sets the mood, what is pressed in it says the same without colour. */
export function Seal({ mark, tone }: { mark: Pressed; tone: Tone }) {
  return (
    <svg className={`seal ${tone}`} viewBox="0 0 64 64" width="72" height="72" aria-hidden="true" focusable="false">
      <path className="wax" d={wax} />
      {mark === 'broken' ? null : <circle className="rim" cx="32" cy="31.5" r="19.5" />}
      <g className="press">{pressed[mark]}</g>
    </svg>
  );
}

/** Our own small mark, for the footer line and the picture on the welcome page. */
export function SealGlyph({ size }: { size: number }) {
  return (
    <svg className="glyph" viewBox="0 0 64 64" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={wax} />
      <path className="cut" d="M20 25l5.6 15L32 27l6.4 13L44 25" />
    </svg>
  );
}

const lines = {
  list: 'M3.5 5.5l1.3 1.3L7 4.4M3.5 12.3l1.3 1.3L7 11.2M10 5.8h7M10 12.6h7M10 17h4.5',
  seal: 'M10 2.4l2.2 1.4 2.6.2.9 2.4 2 1.7-.7 2.5.7 2.5-2 1.7-.9 2.4-2.6.2L10 18.8l-2.2-1.4-2.6-.2-.9-2.4-2-1.7.7-2.5-.7-2.5 2-1.7.9-2.4 2.6-.2zM7.3 10.7l1.9 1.9 3.6-4',
  stop: 'M7.2 4.2L3.4 8l3.8 3.8M3.8 8h7.7a4.6 4.6 0 0 1 0 9.2H8',
  user: 'M10 10.2a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2zM3.4 17.4c.6-3.3 3.2-5 6.6-5s6 1.7 6.6 5',
  tick: 'M5.5 3h9A2.5 2.5 0 0 1 17 5.5v9a2.5 2.5 0 0 1-2.5 2.5h-9A2.5 2.5 0 0 1 3 14.5v-9A2.5 2.5 0 0 1 5.5 3zM6.8 10.2l2.3 2.3 4.3-4.8',
  lock: 'M5.8 9h8.4c.9 0 1.6.7 1.6 1.6v5c0 .9-.7 1.6-1.6 1.6H5.8c-.9 0-1.6-.7-1.6-1.6v-5C4.2 9.7 4.9 9 5.8 9zM6.7 9V6.3a3.3 3.3 0 0 1 6.6 0V9M10 12.3v1.8',
  look: 'M1.8 10S4.7 4.6 10 4.6 18.2 10 18.2 10 15.3 15.4 10 15.4 1.8 10 1.8 10zM10 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z',
  mind: 'M10 2.8l7.7 13.6H2.3zM10 8v3.8M10 14.2v.1',
  go: 'M4 10h12M11 5l5 5-5 5',
  done: 'M4.2 10.6l3.6 3.6 8-8.6',
} as const;

export type LineIcon = keyof typeof lines;

export function Icon({ name }: { name: LineIcon }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={lines[name]} />
    </svg>
  );
}
