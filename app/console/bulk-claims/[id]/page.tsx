import type { Metadata } from 'next';
import Link from 'next/link';
import { BulkProgress, BulkRefusals } from '#components/console/bulk-claim.tsx';
import { Moment } from '#components/console/moment.tsx';
import { targetName } from '#components/console/words.ts';
import { Card, Fact, Facts } from '#components/ui/card.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { bulkClaimResults, readBulkClaim } from '#lib/handoff/index.ts';
import { listApiKeys } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../../_parts/query.ts';
import { orNotFound, signedIn } from '../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Bulk claim' };

type PageProps = { params: Promise<{ id: string }>; searchParams: SearchParams };
const pageSize = 100;

export default async function BulkClaim({ params, searchParams }: PageProps) {
  const { ctx } = await signedIn();
  const bulk = await orNotFound(readBulkClaim(ctx, (await params).id));
  const cursor = (await readQuery(searchParams)).text('cursor') ?? undefined;
  const paging = { limit: pageSize, only: 'refused' } as const;
  const refused = (await bulkClaimResults(ctx, bulk.id, { ...paging, cursor })) ??
    (await bulkClaimResults(ctx, bulk.id, paging)) ?? { items: [], next: null };
  const asked = (await listApiKeys(ctx)).find(({ id }) => id === bulk.askedBy.id);
  const page = `/console/bulk-claims/${bulk.id}`;
  return (
    <div className="mx-auto max-w-3xl">
      <PageHeader
        crumbs={[
          { href: '/console', label: 'Connections' },
          { href: '/console/bulk-claims', label: 'Bulk claims' },
        ]}
        title={bulk.total === 1 ? 'One connection' : `${bulk.total} connections`}
      />
      <div className="space-y-5">
        <Card>
          <BulkProgress bulk={bulk} page={page} />
        </Card>
        {refused.items.length > 0 ? (
          <Card title="Refused" flush>
            <BulkRefusals items={refused.items} bulk={bulk} />
          </Card>
        ) : null}
        {refused.next ? (
          <p className="text-center text-sm">
            <Link
              href={`${page}?cursor=${encodeURIComponent(refused.next)}`}
              className="font-medium text-wax underline underline-offset-4"
            >
              More that were refused
            </Link>
          </p>
        ) : null}
        <Card title="What was asked for" flush>
          <Facts>
            <Fact name="Asked by">{asked ? `${asked.label} …${asked.last4}` : 'An API key'}</Fact>
            <Fact name="Target">
              <Link
                href={`/console/targets/${bulk.targetId}`}
                className="inline-block underline underline-offset-4 first-letter:uppercase"
              >
                {targetName(bulk.target)}
              </Link>
            </Fact>
            <Fact name="Answers">{bulk.recipientKeyId ? 'Encrypted to one key' : 'Plain'}</Fact>
            <Fact name="Asked">
              <Moment at={bulk.createdAt} />
            </Fact>
            {bulk.finishedAt ? (
              <Fact name="Done">
                <Moment at={bulk.finishedAt} />
              </Fact>
            ) : null}
          </Facts>
        </Card>
      </div>
    </div>
  );
}
