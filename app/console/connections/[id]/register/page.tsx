import type { Metadata } from 'next';
import { CheckList } from '#components/console/check-list.tsx';
import { type Check, checkOf } from '#components/console/preflight.ts';
import { SignInAgain } from '#components/console/sign-in-again.tsx';
import { StatusChip } from '#components/console/status-chip.tsx';
import { formatName, targetName } from '#components/console/words.ts';
import { Button, ButtonLink } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { ChoiceField } from '#components/ui/field.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { type ConnectionView, preflight, readConnection, sharingExactUser } from '#lib/connections/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { csrfOf, isFresh } from '#lib/session/index.ts';
import { listTargets, type TargetView } from '#lib/targets/index.ts';
import type { Role } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../../../_parts/query.ts';
import { orNotFound, rightsOf, signedIn } from '../../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Register database' };

type PageProps = { params: Promise<{ id: string }>; searchParams: SearchParams };

/** What is handed over or destroyed has nothing to check before a claim. */
const gone: readonly string[] = ['handed_over', 'shredded'];

async function checksOf(ctx: Ctx, { grant, status }: ConnectionView): Promise<Check[]> {
  if (!grant || gone.includes(grant.custody) || status === 'blocked') return [];
  return preflight(grant, await sharingExactUser(ctx, grant.id, 3), ctx.clock.now()).map(checkOf);
}

const mayTake = ({ kind, archivedAt, closedAt, memberRoles }: TargetView, role: Role) =>
  kind !== 'redeem' && !archivedAt && !closedAt && memberRoles.includes(role);

/** Of a pushed bundle the newest live key is taken; a file is for one that is chosen. */
function waysOf({ id, name, kind, file, recipientKeyRequired, recipientKeys }: TargetView) {
  const label = targetName(name);
  const live = recipientKeys.filter(({ retiredAt }) => !retiredAt);
  if (kind === 'push') {
    const hint =
      live.length > 0
        ? 'Pushed to its endpoint as soon as you start, encrypted'
        : 'Pushed as soon as you start, readable';
    return recipientKeyRequired && live.length === 0 ? [] : [{ value: id, label, hint }];
  }
  const as = file ? formatName(file.format) : '';
  const plain = { value: id, label, hint: kind === 'file' ? `${as}, readable` : 'On this screen, value by value' };
  const encrypted = live.map((key) => ({ value: `${id} ${key.id}`, label, hint: `${as}, encrypted to ${key.label}` }));
  return recipientKeyRequired ? encrypted : [plain, ...encrypted];
}

export default async function Register({ params, searchParams }: PageProps) {
  const session = await signedIn();
  const { ctx, member } = session;
  const { id } = await params;
  const { error } = await readQuery(searchParams);
  const view = await orNotFound(readConnection(ctx, id));
  const checks = await checksOf(ctx, view);
  const canStart = checks.length > 0 && rightsOf(member.role).register && checks.every(({ tone }) => tone !== 'bad');
  const ways = (await listTargets(ctx)).filter((target) => mayTake(target, member.role)).flatMap(waysOf);
  const page = `/console/connections/${id}`;

  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        crumbs={[
          { href: '/console', label: 'Connections' },
          { href: page, label: view.customer.name },
        ]}
        title="Register the database"
        lead="Check this first. After the start you can still give the claim back, as long as nothing was revealed or downloaded."
      />
      <ErrorNotice error={error} />
      {checks.length > 0 ? (
        <>
          <Card title={<bdi>{view.customer.name}</bdi>} aside={<StatusChip status={view.status} />} flush>
            <CheckList checks={checks} />
          </Card>
          {view.grant && view.grant.custody !== 'sealed' ? (
            <ButtonLink href={view.status === 'parked' ? `${page}#review` : page} className="mt-5">
              {view.status === 'parked' ? 'Review it' : 'See where it stands'}
            </ButtonLink>
          ) : null}
          {canStart && !isFresh(session) ? (
            <div className="mt-5">
              <SignInAgain to={`${page}/register`} what="Starting a registration" />
            </div>
          ) : canStart ? (
            <form method="post" action={`${page}/claim`} className="mt-5">
              <input type="hidden" name="csrf" value={csrfOf(session)} />
              <input type="hidden" name="back" value={`${page}/register`} />
              <p className="text-sm leading-6 text-muted">
                Have Invantive Cloud open and be signed in there: from the moment you reveal the values or download the
                file you have ten minutes.
              </p>
              {ways.length > 1 ? (
                <div className="mt-4">
                  <ChoiceField name="target" legend="Where to" value={ways[0]?.value ?? ''} choices={ways} />
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
