import { clsx } from 'clsx';
import { Button } from '../ui/button.tsx';
import { Moment } from './moment.tsx';
import { scopesInWords } from './words.ts';

type Key = {
  id: string;
  label: string;
  last4: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
};
type KeyListProps = { keys: Key[]; csrf: string; mayManage: boolean };

/** The keys, by label and last four characters; ended ones stay for the record. */
export function KeyList({ keys, csrf, mayManage }: KeyListProps) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-raised">
      {keys.map(({ id, label, last4, scopes, createdAt, lastUsedAt, revokedAt }) => (
        <li key={id} className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 px-4 py-3.5 sm:px-5">
          <div className="min-w-0">
            <p className="text-sm font-medium">
              <span className={clsx('break-words', revokedAt && 'text-muted line-through')}>{label}</span>{' '}
              <code className="ml-1 font-mono text-[13px] font-normal text-muted">…{last4}</code>
            </p>
            <p className="mt-0.5 text-[13px] leading-5 text-muted">{scopesInWords(scopes)}</p>
            <p className="text-[13px] leading-5 text-muted">
              made <Moment at={createdAt} dateOnly /> ·{' '}
              {lastUsedAt ? (
                <>
                  last used <Moment at={lastUsedAt} />
                </>
              ) : (
                'never used'
              )}
              {revokedAt ? (
                <>
                  {' '}
                  · <span className="text-bad">revoked</span> <Moment at={revokedAt} dateOnly />
                </>
              ) : null}
            </p>
          </div>
          {revokedAt || !mayManage ? null : (
            <details className="text-sm sm:text-right">
              <summary className="w-fit rounded-sm py-1 text-muted hover:text-ink sm:ml-auto">
                Revoke<span className="sr-only"> {label}</span>
              </summary>
              <form method="post" action="/console/api-keys/revoke" className="mt-2">
                <input type="hidden" name="csrf" value={csrf} />
                <input type="hidden" name="back" value="/console/api-keys" />
                <input type="hidden" name="key_id" value={id} />
                <p className="mb-2 max-w-60 text-[13px] leading-5 text-muted">
                  The next request with this key is refused. It cannot be undone.
                </p>
                <Button kind="danger" size="small">
                  Yes, revoke it
                </Button>
              </form>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}
