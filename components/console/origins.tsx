import { clsx } from 'clsx';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { Moment } from './moment.tsx';

type Origin = { id: string; origin: string; createdAt: Date; removedAt: Date | null };

function Remove({ csrf, id, origin }: { csrf: string; id: string; origin: string }) {
  return (
    <details className="text-sm sm:text-right">
      <summary className="w-fit rounded-sm py-1 text-muted hover:text-ink sm:ml-auto">
        Remove<span className="sr-only"> {origin}</span>
      </summary>
      <form method="post" action="/console/embed/remove" className="mt-2">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="back" value="/console/embed" />
        <input type="hidden" name="origin_id" value={id} />
        <p className="mb-2 max-w-60 text-[13px] leading-5 text-muted">
          Its pages are told nothing any more, also about invitations that are on their way. Their links still work.
        </p>
        <Button kind="danger" size="small">
          Yes, remove it
        </Button>
      </form>
    </details>
  );
}

/** Where buttons stand; removed origins stay for the record. */
export function OriginList({ origins, csrf, mayEdit }: { origins: readonly Origin[]; csrf: string; mayEdit: boolean }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line bg-raised">
      {origins.map(({ id, origin, createdAt, removedAt }) => (
        <li key={id} className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 px-4 py-3.5 sm:px-5">
          <div className="min-w-0 flex-1 basis-64">
            <p className={clsx('break-all font-mono text-[13px] leading-5', removedAt && 'text-muted line-through')}>
              {origin}
            </p>
            <p className="mt-0.5 text-[13px] leading-5 text-muted">
              added <Moment at={createdAt} dateOnly />
              {removedAt ? (
                <>
                  {' '}
                  · <span className="text-bad">removed</span> <Moment at={removedAt} dateOnly />
                </>
              ) : null}
            </p>
          </div>
          {removedAt || !mayEdit ? null : <Remove csrf={csrf} id={id} origin={origin} />}
        </li>
      ))}
    </ul>
  );
}

export function AddOrigin({ csrf, typed, sandbox }: { csrf: string; typed: string | null; sandbox: boolean }) {
  return (
    <form method="post" action="/console/embed/add" className="space-y-5">
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value="/console/embed" />
      <TextField
        id="origin"
        label="Origin"
        required
        maxLength={300}
        defaultValue={typed ?? ''}
        autoComplete="off"
        spellCheck={false}
        className="font-mono"
        placeholder="https://app.example.com"
        hint={
          sandbox
            ? 'https and a host name, or http://localhost with a port: nothing after it.'
            : 'https and a host name: nothing after it.'
        }
      />
      <Button kind="primary">Add origin</Button>
    </form>
  );
}
