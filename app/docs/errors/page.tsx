import type { Metadata } from 'next';
import { DocsFrame } from '#components/console/docs.tsx';
import { problemList } from '#lib/api/index.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Errors' };

export default function Errors() {
  return (
    <DocsFrame
      title="Errors"
      lead="A failure is a problem document (RFC 9457). Its code is stable; its detail is a sentence for people."
    >
      <dl className="mt-10 divide-y divide-line rounded-lg border border-line">
        {problemList.map(({ code, status, meaning }) => (
          <div key={code} id={code} className="px-4 py-3 target:bg-raised sm:grid sm:grid-cols-[16rem_1fr] sm:gap-4">
            <dt className="font-mono text-sm">
              {code} <span className="text-muted">{status}</span>
            </dt>
            <dd className="mt-1 text-sm leading-6 sm:mt-0">{meaning}</dd>
          </div>
        ))}
      </dl>
    </DocsFrame>
  );
}
