import type { Metadata } from 'next';
import { BulkRow } from '#components/console/bulk-claim.tsx';
import { Moment } from '#components/console/moment.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { listBulkClaims } from '#lib/handoff/index.ts';
import { listApiKeys } from '#lib/tenancy/index.ts';
import { signedIn } from '../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Bulk claims' };

export default async function BulkClaims() {
  const { ctx } = await signedIn();
  const [bulks, keys] = [await listBulkClaims(ctx), await listApiKeys(ctx)];
  const nameOf = (id: string) => keys.find((key) => key.id === id)?.label ?? 'an API key';
  return (
    <>
      <PageHeader
        crumbs={[{ href: '/console', label: 'Connections' }]}
        title="Bulk claims"
        lead="Many connections claimed at once by a system of yours, with what became of each. The newest 50 of the last 90 days."
      />
      {bulks.length > 0 ? (
        <ul className="divide-y divide-line rounded-lg border border-line bg-raised">
          {bulks.map((bulk) => (
            <BulkRow key={bulk.id} bulk={bulk} who={nameOf(bulk.askedBy.id)} when={<Moment at={bulk.createdAt} />} />
          ))}
        </ul>
      ) : (
        <p className="rounded-lg border border-line bg-raised px-5 py-10 text-center text-sm text-muted">
          None yet. A system of yours claims in bulk with <code className="font-mono">POST /api/v1/bulk-claims</code>.
        </p>
      )}
    </>
  );
}
