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
  const severalApps = new Set(requests.map(({ appName }) => appName)).size > 1;
  return (
    <Card title="What Exact Online saw" flush>
      {requests.length === 0 ? (
        <p className="px-5 py-8 text-center text-sm text-muted">Nothing yet. Invite a customer and follow the link.</p>
      ) : (
        <ul className="divide-y divide-line">
          {requests.map((request) => (
            <Row key={request.seq} request={request} withApp={severalApps} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Row({ request, withApp }: { request: PlayedRequest; withApp: boolean }) {
  const { at, appName, what, chain, generation, verdict, rule, status, fault } = request;
  return (
    <li className="grid grid-cols-[1fr_auto] items-baseline gap-x-4 gap-y-0.5 px-4 py-2.5 text-sm sm:grid-cols-[9rem_1fr_auto_9rem] sm:px-5">
      <span className="text-[13px] text-muted max-sm:order-3">
        <Moment at={at} />
      </span>
      <span className="min-w-0 break-words max-sm:order-1">
        <span className="font-medium">{what}</span> {withApp ? <span className="text-muted">{appName}</span> : null}
      </span>
      <code className="font-mono text-[13px] text-muted max-sm:order-4 max-sm:text-right">
        {chain === null ? '' : `${chain.replace(/^chain_/, '')}${generation === null ? '' : `, token ${generation}`}`}
      </code>
      <span className={clsx('text-right font-medium max-sm:order-2', verdicts[verdict]?.look)}>
        {verdicts[verdict]?.word ?? verdict} {status}
        {rule ? <span className="ml-1.5 rounded bg-sunken px-1.5 py-0.5 font-mono text-xs">{rule}</span> : null}
        {fault ? <span className="block text-xs font-normal text-warn">fault: {fault}</span> : null}
      </span>
    </li>
  );
}
