import { clsx } from 'clsx';
import type { RecipientKeyView } from '#lib/targets/index.ts';
import { Button } from '../ui/button.tsx';
import { TextAreaField, TextField } from '../ui/field.tsx';
import { Moment } from './moment.tsx';

const kindNames: Record<string, string> = { RSA: 'RSA', EC: 'P-256', OKP: 'X25519' };

function Retire({ page, csrf, keyId, label }: { page: string; csrf: string; keyId: string; label: string }) {
  return (
    <details className="text-sm sm:text-right">
      <summary className="w-fit rounded-sm py-1 text-muted hover:text-ink sm:ml-auto">
        Retire<span className="sr-only"> {label}</span>
      </summary>
      <form method="post" action={`${page}/retire-key`} className="mt-2">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="back" value={page} />
        <input type="hidden" name="key_id" value={keyId} />
        <p className="mb-2 max-w-60 text-[13px] leading-5 text-muted">
          Nothing is encrypted to it any more, not even for a claim that stands. It cannot be undone.
        </p>
        <Button kind="danger" size="small">
          Yes, retire it
        </Button>
      </form>
    </details>
  );
}

type ListProps = { page: string; csrf: string; keys: readonly RecipientKeyView[]; mayEdit: boolean };

/** The public keys of a target, by label and thumbprint; retired ones stay for the record. */
export function RecipientKeyList({ page, csrf, keys, mayEdit }: ListProps) {
  return (
    <ul className="divide-y divide-line">
      {keys.map(({ id, label, kty, thumbprint, createdAt, retiredAt }) => (
        <li key={id} className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 px-4 py-3.5 sm:px-5">
          <div className="min-w-0 flex-1 basis-64">
            <p className="text-sm font-medium">
              <span className={clsx('break-words', retiredAt && 'text-muted line-through')}>{label}</span>{' '}
              <span className="ml-1 text-[13px] font-normal text-muted">{kindNames[kty] ?? kty}</span>
            </p>
            <p className="mt-0.5 text-[13px] leading-5 text-muted">
              added <Moment at={createdAt} dateOnly />
              {retiredAt ? (
                <>
                  {' '}
                  · <span className="text-bad">retired</span> <Moment at={retiredAt} dateOnly />
                </>
              ) : null}
            </p>
            <dl className="mt-1.5 space-y-1 text-[13px] leading-5">
              <div>
                <dt className="inline text-muted">Thumbprint </dt>
                <dd className="inline break-all font-mono">{thumbprint}</dd>
              </div>
              <div>
                <dt className="inline text-muted">recipient_key_id </dt>
                <dd className="inline break-all font-mono">{id}</dd>
              </div>
            </dl>
          </div>
          {retiredAt || !mayEdit ? null : <Retire page={page} csrf={csrf} keyId={id} label={label} />}
        </li>
      ))}
    </ul>
  );
}

/** Takes a public key. What was pasted is not given back: it might have been a private one. */
export function AddRecipientKey({ page, csrf, label }: { page: string; csrf: string; label: string }) {
  return (
    <form method="post" action={`${page}/add-key`} autoComplete="off" className="space-y-5">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value={page} />
      <TextField id="label" label="Name of the key" required maxLength={100} defaultValue={label} />
      <TextAreaField
        id="public_key"
        label="Public key"
        required
        rows={7}
        maxLength={8192}
        spellCheck={false}
        className="font-mono"
        placeholder="-----BEGIN PUBLIC KEY-----"
        hint="PEM, or a JWK: RSA of 2048 bits and more, P-256 or X25519. Never paste a private key."
      />
      <Button kind="primary">Add key</Button>
    </form>
  );
}
