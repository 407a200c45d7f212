import type { Metadata } from 'next';
import { CheckList } from '#components/console/check-list.tsx';
import { preflight } from '#components/console/preflight.ts';
import { StatusChip } from '#components/console/status-chip.tsx';
import { targetName } from '#components/console/words.ts';
import { Button, ButtonLink } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { SelectField } from '#components/ui/field.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { listConnections, readConnection } from '#lib/connections/index.ts';
import { csrfOf } from '#lib/session/index.ts';
import { listTargets, type TargetView } from '#lib/targets/index.ts';
import type { Role } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../../../_parts/query.ts';
import { orNotFound, rightsOf, signedIn } from '../../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Register database' };

type PageProps = { params: Promise<{ id: string }>; searchParams: SearchParams };

const mayAssist = ({ kind, archivedAt, memberRoles }: TargetView, role: Role) =>
  kind === 'assistant' && !archivedAt && memberRoles.includes(role);

export default async function Register({ params, searchParams }: PageProps) {
  const session = await signedIn();
  const { ctx, member } = session;
  const { id } = await params;
  const { error } = await readQuery(searchParams);
  const view = await orNotFound(readConnection(ctx, id));
  const others = (await listConnections(ctx, { limit: 200 }))?.items ?? [];
  const checks = preflight(view, others, ctx.clock.now());
  const isHeld = view.status === 'sealed' || view.status === 'expiring';
  const canStart = isHeld && rightsOf(member.role).register && checks.every(({ tone }) => tone !== 'bad');
  const assistants = (await listTargets(ctx)).filter((target) => mayAssist(target, member.role));
  const page = `/console/connections/${id}`;

  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        crumbs={[
          { href: '/console', label: 'Connections' },
          { href: page, label: view.customer.name },
        ]}
        title="Register the database"
        lead="Check this first. After the start you can still give the claim back, as long as you have not revealed the values."
      />
      <ErrorNotice error={error} />
      {isHeld ? (
        <>
          <Card title={<bdi>{view.customer.name}</bdi>} aside={<StatusChip status={view.status} />} flush>
            <CheckList checks={checks} />
          </Card>
          {canStart ? (
            <form method="post" action={`${page}/claim`} className="mt-5">
              <input type="hidden" name="csrf" value={csrfOf(session)} />
              <input type="hidden" name="back" value={`${page}/register`} />
              <p className="text-sm leading-6 text-muted">
                Have Invantive Cloud open and be signed in there: from the moment you reveal the values you have ten
                minutes to copy them.
              </p>
              {assistants.length > 1 ? (
                <div className="mt-4 max-w-sm">
                  <SelectField
                    id="target"
                    label="Register at"
                    options={assistants.map(({ id: value, name }) => ({ value, label: targetName(name) }))}
                  />
                </div>
              ) : null}
              <Button kind="primary" className="mt-4">
                Start registration
              </Button>
            </form>
          ) : null}
        </>
      ) : (
        <Notice tone="calm" title="There is nothing to register here now">
          <p>This connection is not holding credentials that can be registered.</p>
          <p className="mt-3">
            <ButtonLink href={page} size="small">
              See where it stands
            </ButtonLink>
          </p>
        </Notice>
      )}
    </div>
  );
}
