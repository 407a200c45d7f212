import type { Metadata } from 'next';
import { ConnectionsTable } from '#components/console/connections-table.tsx';
import { FirstSteps } from '#components/console/first-steps.tsx';
import { byUrgency, type Group, groupOf, groups } from '#components/console/groups.ts';
import { ListFilter, OlderLink } from '#components/console/list-filter.tsx';
import { codeNote } from '#components/console/words.ts';
import { ButtonLink } from '#components/ui/button.tsx';
import { ErrorNotice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { type ConnectionView, listConnections } from '#lib/connections/index.ts';
import { listBulkClaims } from '#lib/handoff/index.ts';
import { readCode } from '#lib/kernel/code.ts';
import { csrfOf } from '#lib/session/index.ts';
import { listRegistrations, may } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from './_parts/query.ts';
import { rightsOf, signedIn } from './_parts/signed-in.ts';

export const dynamic = 'force-dynamic';

/** A layout's title template does not reach the page beside it. */
export async function generateMetadata(): Promise<Metadata> {
  const { partner } = await signedIn();
  return { title: { absolute: partner.sandbox ? 'Connections · Sandbox · Waxseal' : 'Connections · Waxseal' } };
}

const pageSize = 200;

function matches({ customer }: ConnectionView, q: string): boolean {
  const wanted = q.toLowerCase();
  return [customer.name, customer.externalId ?? '', customer.email ?? ''].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}

function countGroups(items: ConnectionView[]): Record<Group, number> {
  const counts: Record<Group, number> = { all: items.length, ready: 0, attention: 0, waiting: 0, done: 0 };
  for (const item of items) counts[groupOf(item)] += 1;
  return counts;
}

export default async function Connections({ searchParams }: { searchParams: SearchParams }) {
  const session = await signedIn();
  const { ctx, member } = session;
  const query = await readQuery(searchParams);
  const cursor = query.text('cursor');
  const page = (await listConnections(ctx, { limit: pageSize, cursor: cursor ?? undefined })) ??
    (await listConnections(ctx, { limit: pageSize })) ?? { items: [], next: null };
  const q = query.text('q')?.trim() ?? '';
  const code = readCode(q);
  // A code leads to its connection, on whichever page and in whichever group of the list it is.
  const coded = code ? ((await listConnections(ctx, { limit: pageSize, code }))?.items ?? []) : [];
  const named = q ? page.items.filter((item) => matches(item, q)) : page.items;
  const found = [...coded, ...named.filter(({ id }) => !coded.some((item) => item.id === id))];
  const group = (coded.length === 0 && groups.find(({ id }) => id === query.text('group'))?.id) || 'all';
  const shown = found.filter((item) => group === 'all' || groupOf(item) === group).sort(byUrgency);
  const rights = rightsOf(member.role);
  const isEmpty = page.items.length === 0 && !cursor;
  const hasBulk = (await listBulkClaims(ctx, 1)).length > 0;

  return (
    <>
      <PageHeader
        title="Connections"
        lead="Each clock counts the 30 days in which sealed credentials can be registered. Most urgent first."
        actions={
          <>
            {hasBulk ? <ButtonLink href="/console/bulk-claims">Bulk claims</ButtonLink> : null}
            {rights.invite && !isEmpty ? (
              <ButtonLink href="/console/invite" kind="primary">
                Invite a customer
              </ButtonLink>
            ) : null}
          </>
        }
      />
      <ErrorNotice error={query.error} />
      {isEmpty ? (
        <FirstSteps
          done={(await listRegistrations(ctx)).length > 0 ? 1 : 0}
          rights={{ edit: may(member.role, 'edit_registrations'), invite: rights.invite }}
        />
      ) : (
        <>
          <ListFilter group={group} counts={countGroups(found)} q={q} cursor={cursor} />
          {shown.length > 0 ? (
            <ConnectionsTable
              items={shown}
              now={ctx.clock.now()}
              rights={rights}
              csrf={csrfOf(session)}
              withRegistration={new Set(page.items.map(({ registration }) => registration.id)).size > 1}
            />
          ) : (
            <p className="rounded-lg border border-line bg-raised px-5 py-10 text-center text-sm text-muted">
              {q
                ? `No connection ${page.next || cursor ? `among these ${page.items.length} ` : ''}matches “${q}”.`
                : 'Nothing here right now.'}
              {code ? <span className="mx-auto mt-2 block max-w-prose">{codeNote(q)}</span> : null}
            </p>
          )}
          {page.next ? <OlderLink group={group} q={q} next={page.next} /> : null}
        </>
      )}
    </>
  );
}
