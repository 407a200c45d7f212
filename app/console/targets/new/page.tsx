import type { Metadata } from 'next';
import { TargetForm } from '#components/console/target-form.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { csrfOf } from '#lib/session/index.ts';
import { listApiKeys, may } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../../_parts/query.ts';
import { signedIn } from '../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'New target' };

export default async function NewTarget({ searchParams }: { searchParams: SearchParams }) {
  const session = await signedIn();
  const { typed, error } = await readQuery(searchParams);
  const keys = (await listApiKeys(session.ctx)).filter(({ revokedAt }) => !revokedAt);
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        crumbs={[{ href: '/console/targets', label: 'Targets' }]}
        title="New target"
        lead="Its terms are fixed once it is saved, so that nobody can change them under a handoff. Keys can be added and retired."
      />
      <ErrorNotice error={error} />
      {may(session.member.role, 'manage_targets') ? (
        <Card>
          <TargetForm
            csrf={csrfOf(session)}
            apiKeys={keys}
            fields={{
              name: typed('name') ?? '',
              kind: typed('kind') ?? 'redeem',
              push_url: typed('push_url') ?? '',
              format: typed('format') ?? 'sheet',
              file_encrypted: typed('file_encrypted') === 'on',
              recipient_key_required: typed('kind') === null || typed('recipient_key_required') === 'on',
              fresh_pair: typed('fresh_pair') === 'on',
              four_eyes: typed('four_eyes') === 'on',
              form_host: typed('form_host') ?? '',
              earliest_seconds: typed('earliest_seconds') ?? '570',
              latest_seconds: typed('latest_seconds') ?? '3600',
            }}
          />
        </Card>
      ) : (
        <Notice tone="calm" title="Only an administrator can add one">
          Your role can see targets, not change them.
        </Notice>
      )}
    </div>
  );
}
