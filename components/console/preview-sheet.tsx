import type { ReactNode } from 'react';
import type { Framed } from '../customer/preview.tsx';

/** What a page of previews looks like. */
const sheet = `
:root{color-scheme:light dark;--page:#faf9f7;--raised:#fff;--ink:#1d1b19;--muted:#615d57;--line:#8d877e;--warn:#8a4b00}
@media (prefers-color-scheme:dark){:root{--page:#131211;--raised:#1b1a18;--ink:#edeae5;--muted:#a8a29a;--line:#7d776f;--warn:#f2b866}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:400 1rem/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
.wide{max-width:56rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.375rem;line-height:2rem;margin:0}
h1:focus{outline:0}
h2{font-size:1.0625rem;margin:2.5rem 0 .75rem}
p,ul{margin:.25rem 0;color:var(--muted);font-size:.9375rem}
ul{padding-left:1.25rem}
.warn,.warn li{color:var(--warn)}
.langs{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:1rem}
.langs button,.langs a,.langs b{display:inline-flex;align-items:center;font:inherit;font-size:.9375rem;min-height:2.75rem;padding:.5rem .875rem;border:1px solid var(--line);border-radius:.375rem;background:var(--raised);color:var(--ink);text-decoration:none;cursor:pointer}
.langs b{border-color:var(--ink);box-shadow:inset 0 0 0 1px var(--ink);cursor:default}
:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
.pair{display:flex;flex-wrap:wrap;gap:1.25rem;align-items:flex-start}
figure{margin:0;width:24.5rem;max-width:100%}
figcaption{font-size:.875rem;color:var(--muted);margin-bottom:.375rem}
.phone{border:1px solid var(--line);border-radius:1.25rem;overflow:hidden}
`.replaceAll('\n', '');

/** Attributes that a browser reads while it parses: the box gets a tree of its own, with a sheet that reaches nothing else. */
const shadow = { shadowrootmode: 'open' } as object;

/** One page or mail on a phone; nothing in it acts. */
export function Phone({ frame, label, nonce }: { frame: Framed; label: string; nonce: string }) {
  return (
    <figure>
      <figcaption>
        {label}, {frame.scheme} screen
      </figcaption>
      <div className="phone" inert>
        <template {...shadow}>
          <style nonce={nonce}>{frame.css}</style>
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: our own components wrote this markup a moment ago, every text in it escaped. */}
          <div dangerouslySetInnerHTML={{ __html: frame.html }} />
        </template>
      </div>
    </figure>
  );
}

type PreviewSheetProps = { title: string; nonce: string; css?: string; children: ReactNode };

/** A page of previews: a document of its own that works without script. */
export function PreviewSheet({ title, nonce, css = '', children }: PreviewSheetProps) {
  return (
    <html lang="en">
      {/* biome-ignore lint/style/noHeadElement: no framework renders this page; it is the document itself. */}
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style nonce={nonce}>{sheet + css}</style>
      </head>
      <body>
        <main className="wide">{children}</main>
      </body>
    </html>
  );
}
