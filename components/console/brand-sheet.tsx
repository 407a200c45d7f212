import type { Framed } from '../customer/preview.tsx';

export type SheetPart = { readonly name: string; readonly label: string; readonly frames: readonly Framed[] };
type Language = { readonly code: string; readonly label: string; readonly current: boolean };

export type BrandSheetProps = {
  readonly partner: string;
  readonly nonce: string;
  readonly parts: readonly SheetPart[];
  readonly languages: readonly Language[];
  /** What was typed, to be sent again in another language; null: the saved brand, which an address can ask for. */
  readonly again: { readonly csrf: string; readonly fields: Readonly<Record<string, string>> } | null;
  /** What could not be drawn as typed, in words. */
  readonly faults: readonly string[];
  /** What was changed of the colour, in words. */
  readonly corrections: readonly string[];
};

/** What a page of previews looks like. */
export const sheet = `
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

function Languages({ languages, again }: Pick<BrandSheetProps, 'languages' | 'again'>) {
  const choice = ({ code, label, current }: Language) => {
    if (current)
      return (
        <b key={code} lang={code} aria-current="true">
          {label}
        </b>
      );
    return again ? (
      <button key={code} type="submit" name="language" value={code} lang={code}>
        {label}
      </button>
    ) : (
      <a key={code} href={`?language=${code}`} lang={code}>
        {label}
      </a>
    );
  };
  if (!again)
    return (
      <nav className="langs" aria-label="Language">
        {languages.map(choice)}
      </nav>
    );
  return (
    <form method="post" action="/console/brand/preview" encType="multipart/form-data" className="langs">
      <input type="hidden" name="csrf" value={again.csrf} />
      {Object.entries(again.fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {languages.map(choice)}
    </form>
  );
}

/** Every page a customer meets, in both schemes, on a phone: a document of its own that works without script. Nothing on it acts. */
export function BrandSheet({ partner, nonce, parts, languages, again, faults, corrections }: BrandSheetProps) {
  return (
    <html lang="en">
      {/* biome-ignore lint/style/noHeadElement: no framework renders this page; it is the document itself. */}
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`Preview: ${partner}`}</title>
        <style nonce={nonce}>{sheet}</style>
      </head>
      <body>
        <main className="wide">
          <h1>{again ? 'Preview of what is typed' : 'The brand as customers see it now'}</h1>
          <p>
            {again
              ? 'Nothing is saved by looking. Close this tab to go on with the form.'
              : 'With an invented customer; nothing on this page acts.'}
          </p>
          {faults.length > 0 ? (
            <div className="warn">
              <p className="warn">Not shown as typed:</p>
              <ul>
                {faults.map((fault) => (
                  <li key={fault}>{fault}</li>
                ))}
              </ul>
            </div>
          ) : null}
          {corrections.length > 0 ? (
            <ul>
              {corrections.map((correction) => (
                <li key={correction}>{correction}</li>
              ))}
            </ul>
          ) : null}
          <Languages languages={languages} again={again} />
          {parts.map(({ name, label, frames }) => (
            <section key={name}>
              <h2>{label}</h2>
              <div className="pair">
                {frames.map((frame) => (
                  <Phone key={frame.scheme} frame={frame} label={label} nonce={nonce} />
                ))}
              </div>
            </section>
          ))}
        </main>
      </body>
    </html>
  );
}
