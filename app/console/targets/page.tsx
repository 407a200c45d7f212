import { clsx } from 'clsx';
import { ChevronRight } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { formatName, targetKindWords, targetTitle } from '#components/console/words.ts';
import { ButtonLink } from '#components/ui/button.tsx';
import { ErrorNotice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { listTargets, type TargetView } from '#lib/targets/index.ts';
import { may } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../_parts/query.ts';
import { signedIn } from '../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Targets' };

function answersInWords({ kind, file, recipientKeyRequired, recipientKeys }: TargetView): string {
  if (kind === 'assistant') return '';
  const live = recipientKeys.filter(({ retiredAt }) => !retiredAt).length;
  const keys = live === 0 ? 'no key' : live === 1 ? 'one key' : `${live} keys`;
  const format = file ? ` · ${formatName(file.format)}` : '';
  return `${format} · ${recipientKeyRequired ? 'encrypted only' : 'plain or encrypted'}, ${keys}`;
}

function Row({ target }: { target: TargetView }) {
  return (
    <li className="relative flex items-center gap-4 px-4 py-3.5 hover:bg-sunken/50 sm:px-5">
      <div className="min-w-0 flex-1">
        <Link
          href={`/console/targets/${target.id}`}
          className={clsx(
            'break-words text-sm font-medium before:absolute before:inset-0',
            target.archivedAt && 'text-muted line-through',
          )}
        >
          {targetTitle(target)}
        </Link>
        <p className="mt-0.5 text-[13px] leading-5 text-muted">
          {targetKindWords[target.kind]?.label}
          {answersInWords(target)}
          {target.builtIn ? ' · built in' : ''}
          {target.fourEyes ? ' · two people' : ''}
          {target.freshPair ? ' · fresh pair' : ''}
          {target.closedAt ? ' · closed' : ''}
          {target.archivedAt ? ' · archived' : ''}
        </p>
      </div>
      <ChevronRight size={16} aria-hidden="true" className="shrink-0 text-muted" />
    </li>
  );
}

export default async function Targets({ searchParams }: { searchParams: SearchParams }) {
  const { ctx, member } = await signedIn();
  const { error } = await readQuery(searchParams);
  const targets = await listTargets(ctx);
  return (
    <>
      <PageHeader
        title="Targets"
        lead="Where handoffs may go, who may claim for them, and the public keys that bundles are encrypted to."
        actions={
          may(member.role, 'manage_targets') ? (
            <ButtonLink href="/console/targets/new" kind="primary">
              New target
            </ButtonLink>
          ) : null
        }
      />
      <ErrorNotice error={error} />
      <ul className="divide-y divide-line rounded-lg border border-line bg-raised">
        {targets.map((target) => (
          <Row key={target.id} target={target} />
        ))}
      </ul>
    </>
  );
}
