import { clsx } from 'clsx';
import type { PlayedRequest } from '#lib/sandbox/index.ts';
import { Card } from '../ui/card.tsx';
import { Moment } from './moment.tsx';

const verdicts: Record<string, { word: string; look: string }> = {
  issued: { word: 'issued', look: 'text-good' },
  served: { word: 'served', look: 'text-muted' },
  refused: { word: 'refused', look: 'text-bad' },
  denied: { word: 'denied', look: 'text-warn' },
  failed: { word: 'no answer', look: 'text-warn' },
};

/** What the simulated Exact Online saw of this sandbox, newest first; a refusal names the rule it stands on. */
export function PlayedRequests({ requests }: { requests: readonly PlayedRequest[] }) {
  return (
    <Card title="What Exact Online saw" flush>
      {requests.length === 0 ? (
        <p className="px-5 py-8 text-center text-sm text-muted">Nothing yet. Invite a customer and follow the link.</p>
      ) : (
        <ul className="divide-y divide-line">
          {requests.map(({ seq, at, appName, what, chain, generation, verdict, rule, status, fault }) => (
            <li key={seq} className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-4 py-2.5 text-sm sm:px-5">
              <span className="w-36 shrink-0 text-[13px] text-muted">
                <Moment at={at} />
              </span>
              <span className="min-w-0 flex-1 basis-40">
                <span className="font-medium">{what}</span> <span className="text-muted">{appName}</span>
              </span>
              <span className="text-[13px] text-muted">
                {chain ? (
                  <code className="font-mono">
                    {chain}
                    {generation === null ? '' : `, token ${generation}`}
                  </code>
                ) : null}
              </span>
              <span className={clsx('w-36 shrink-0 font-medium sm:text-right', verdicts[verdict]?.look)}>
                {verdicts[verdict]?.word ?? verdict} {status}
                {rule ? <span className="ml-1.5 rounded bg-sunken px-1.5 py-0.5 font-mono text-xs">{rule}</span> : null}
                {fault ? <span className="block text-xs font-normal text-warn">fault: {fault}</span> : null}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
