import type { Metadata } from 'next';
import { Code, DocsFrame, Part } from '#components/console/docs.tsx';
import { fileFormats, formatFacts } from '#lib/handoff/core/formats/catalogue.ts';
import { credentialsExample, examples, receiptExample } from './examples.ts';

export const metadata: Metadata = { title: 'Files' };

const byApi = `# Once: a target that makes a file. Its format is a term like the others and cannot be changed
curl -s $BASE/api/v1/targets -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d '{"name":"Work list","kind":"file","file":{"format":"csv"},"api_key_ids":null}'

# Claim for it, redeem once: {"file": {"name": "…", "media_type": "…", "content": "…"}}
curl -s -X POST $BASE/api/v1/connections/con_…/handoffs -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" -d '{"target":"Work list"}'
curl -s -X POST $BASE/api/v1/handoffs/hof_…/redeem -H "Authorization: Bearer $KEY" -H "Idempotency-Key: redeem-1"`;

function Format({ name, preview, about, example }: { name: string; preview: boolean; about: string; example: string }) {
  return (
    <div>
      <h3 className="flex flex-wrap items-center gap-2 pt-2 font-semibold">
        {name}
        {preview ? (
          <span className="rounded-full border border-warn/40 bg-warn-soft px-2 py-0.5 font-medium text-warn text-xs">
            Preview
          </span>
        ) : null}
      </h3>
      <p className="mt-1 mb-3 text-sm leading-6 text-muted">{about}</p>
      <Code>{example.trimEnd()}</Code>
    </div>
  );
}

export default function FileDocs() {
  return (
    <DocsFrame
      title="Files"
      lead="A handoff can leave as a file: for a person who types it into a form, for your own software, or for an on-premise product. It leaves once, like every handoff."
    >
      <Part title="How it goes">
        <p>
          A <em>target</em> of kind <code>file</code> names a format. A colleague whose role it lists claims for it in
          the console and downloads the file, after a fresh sign-in; an API key that it lists gets it in the answer to
          redeem. The first byte gives custody up. The same session may download the same bytes again for ten minutes,
          and an API key hears the same answer with the same <code>Idempotency-Key</code> until the outcome is told.
        </p>
        <p>
          Where the claim names a{' '}
          <a href="/docs/bundles" className="underline underline-offset-2">
            recipient key
          </a>{' '}
          of the target, the file comes as a compact JWE (<code>application/jose</code>, <code>typ</code>{' '}
          <code>waxseal-file+jwe</code>, <code>cty</code> its media type): decrypt it, and what you have is the file. By
          API the answer is <code>{'{"bundle": "…"}'}</code>, as always. A file without a key holds secrets that anyone
          can read: do not mail it, use it in one place, delete it.
        </p>
        <Code>{byApi}</Code>
      </Part>
      <Part title="The formats">
        <p>
          Each as the product writes it, with made-up values. <em>Preview</em>: not compared with Invantive’s own output
          yet, so try it before you rely on it. A fragment for Twinfield is not made, because nothing about it is
          confirmed.
        </p>
        {fileFormats.map((format) => (
          <Format
            key={format}
            name={`${formatFacts[format].label} · ${format}`}
            preview={formatFacts[format].preview}
            about={formatFacts[format].confidence}
            example={examples[format]}
          />
        ))}
      </Part>
      <Part title="Without a secret">
        <Format
          name="Credentials fragment"
          preview={false}
          about="After the database is registered: lets an on-premise product fetch the credentials from Invantive Cloud, as Invantive publishes it. In the console, at the registration that was confirmed. The two last values are your service account; we do not know them."
          example={credentialsExample}
        />
        <Format
          name="Short receipt"
          preview={false}
          about="For a customer’s file, as text in the answer of the receipt, and in the console. The signed one says more, and can be checked."
          example={receiptExample}
        />
      </Part>
      <Part title="What cannot be written">
        <p>
          A file reads back as exactly the values that went in, or it is not written. Tokens and secrets are never
          trimmed, wrapped or encoded anew. Where a format cannot hold a value, the answer is <code>file_refused</code>,
          which names the field and never the value; nothing leaves, and the claim can be given back and made for JSON,
          which holds everything.
        </p>
        <ul className="list-disc space-y-1 pl-5 text-sm leading-6">
          <li>
            Connection string and settings fragment: no semicolon, no control character, no blanks around a value. XML
            escapes <code>&amp;</code> <code>&lt;</code> <code>&gt;</code> <code>&quot;</code>.
          </li>
          <li>
            CSV: UTF-8, commas, CRLF, every field quoted (RFC 4180). Customer text that a spreadsheet would take for a
            formula gets one apostrophe in front; take one away from what begins with apostrophes and then{' '}
            <code>=</code> <code>+</code> <code>-</code> or <code>@</code>. A token or secret that begins so is refused.
          </li>
          <li>Sheet: one line each, no blanks around a value, and no marks that turn text around.</li>
        </ul>
      </Part>
    </DocsFrame>
  );
}
