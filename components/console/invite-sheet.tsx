import type { Framed } from '../customer/preview.tsx';
import { Phone, PreviewSheet } from './preview-sheet.tsx';

export type InviteSheetProps = {
  readonly nonce: string;
  readonly customer: string;
  /** What a member wants to know before it is sent, beside what the mail and the page say themselves. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Null: the member passes the link on. */
  readonly mail: Framed | null;
  readonly page: Framed;
};

const own = `
h1{overflow-wrap:anywhere;margin-bottom:.5rem}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:1.25rem 0 0;font-size:.9375rem}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
.both{display:flex;flex-wrap:wrap;gap:0 2.5rem;align-items:flex-start}
.both section{max-width:100%}
@media (max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
`.replaceAll('\n', '');

/** What one customer will get, before it is sent: a document of its own that works without script. Nothing on it acts. */
export function InviteSheet({ nonce, customer, facts, mail, page }: InviteSheetProps) {
  return (
    <PreviewSheet title={`Preview: invitation of ${customer}`} nonce={nonce} css={own}>
      <h1>
        What <bdi>{customer}</bdi> will get
      </h1>
      <p>Nothing is sent or stored by looking. Close this tab to go on with the form.</p>
      <dl>
        {facts.map(({ name, value }) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      <div className="both">
        {mail ? (
          <section>
            <h2>The mail</h2>
            <Phone frame={mail} label="Mail" nonce={nonce} />
          </section>
        ) : null}
        <section>
          <h2>The page it leads to</h2>
          <Phone frame={page} label="Page" nonce={nonce} />
        </section>
      </div>
    </PreviewSheet>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </>
  );
}
