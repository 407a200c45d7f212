import Link from 'next/link';
import type { ReactNode } from 'react';
import type { BulkClaimResult, BulkClaimView } from '#lib/handoff/index.ts';
import { ButtonLink } from '../ui/button.tsx';
import { KeepFresh } from './keep-fresh.tsx';

const counted = (n: number) => (n === 1 ? 'One connection' : `${n} connections`);

/** How far it is, in words. */
export const standOf = ({ status, total, claimed, refused }: BulkClaimView): string =>
  status === 'working'
    ? `${claimed + refused} of ${total} done`
    : refused === 0
      ? `All ${total} claimed`
      : `${claimed} claimed, ${refused} refused`;

/** A bar that fills. It goes on whether anyone looks or not. */
export function BulkProgress({ bulk, page }: { bulk: BulkClaimView; page: string }) {
  const working = bulk.status === 'working';
  return (
    <div>
      <p role="status" className="flex flex-wrap justify-between gap-x-4 text-sm">
        <span className="font-medium tabular-nums">{standOf(bulk)}</span>
        {working ? <span className="text-muted tabular-nums">{bulk.refused} refused so far</span> : null}
      </p>
      <progress
        aria-label="Connections with a result"
        value={bulk.claimed + bulk.refused}
        max={bulk.total}
        className="mt-2 h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-calm [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-calm"
      />
      {working ? (
        <div className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
          <KeepFresh seconds={3} />
          <ButtonLink href={page} size="small" prefetch={false}>
            Look again
          </ButtonLink>
          <p className="text-[13px] leading-5 text-muted">
            You can leave this page; the claims go on, and it stays here.
          </p>
        </div>
      ) : null}
    </div>
  );
}

type Next = { label: string; href: string };

/** What to do about a refusal, by its code; nothing for what is nobody's here. */
function nextOf({ code, connectionId }: BulkClaimResult, { targetId }: BulkClaimView): Next | null {
  const page = `/console/connections/${connectionId}`;
  switch (code) {
    case 'needs_consent':
    case 'window_over':
      return { label: 'Ask the customer again', href: `${page}#ask` };
    case 'not_claimable':
      return { label: 'Look at the consent', href: `${page}#review` };
    case 'too_early':
    case 'already_claimed':
    case 'unavailable':
      return { label: 'See where it stands', href: page };
    case 'recipient_key_retired':
    case 'target_archived':
      return { label: 'Look at the target', href: `/console/targets/${targetId}` };
    case 'unauthorized':
      return { label: 'Look at the API keys', href: '/console/api-keys' };
    default:
      return null;
  }
}

/** What was not claimed, why, and what to do now. */
export function BulkRefusals({ items, bulk }: { items: readonly BulkClaimResult[]; bulk: BulkClaimView }) {
  return (
    <ul className="divide-y divide-line">
      {items.map((item, at) => {
        const next = nextOf(item, bulk);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a connection may be listed twice, and the order is fixed
          <li key={at} className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 px-4 py-3.5 sm:px-5">
            <div className="min-w-0 flex-1 basis-64">
              <p className="break-words text-sm font-medium">
                {item.customer ? <bdi>{item.customer}</bdi> : 'No connection of yours'}
                {item.customer ? null : (
                  <code className="ml-2 break-all font-mono text-[13px] font-normal text-muted">
                    {item.connectionId}
                  </code>
                )}
              </p>
              <p className="mt-0.5 text-[13px] leading-5 text-muted">
                {item.detail} <code className="font-mono">{item.code}</code>
              </p>
            </div>
            {next ? (
              <ButtonLink href={next.href} size="small">
                {next.label}
                <span className="sr-only">: {item.customer}</span>
              </ButtonLink>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}

export function BulkRow({ bulk, who, when }: { bulk: BulkClaimView; who: string; when: ReactNode }) {
  return (
    <li className="relative px-4 py-3.5 hover:bg-sunken/50 sm:px-5">
      <Link href={`/console/bulk-claims/${bulk.id}`} className="text-sm font-medium before:absolute before:inset-0">
        {counted(bulk.total)}
      </Link>
      <p className="mt-0.5 text-[13px] leading-5 text-muted">
        {standOf(bulk)} · by {who} · {when}
      </p>
    </li>
  );
}
