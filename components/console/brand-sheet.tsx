import type { Framed } from '../customer/preview.tsx';
import { Phone, PreviewSheet } from './preview-sheet.tsx';

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
    <PreviewSheet title={`Preview: ${partner}`} nonce={nonce}>
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
    </PreviewSheet>
  );
}
