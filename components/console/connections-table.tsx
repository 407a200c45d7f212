import Link from 'next/link';
import type { ReactNode } from 'react';
import type { ConnectionView } from '#lib/connections/index.ts';
import { ButtonLink } from '../ui/button.tsx';
import { CopyLinkButton } from './copy-link-button.tsx';
import { isDoubtful } from './groups.ts';
import { isRunning, LapseClock } from './lapse-clock.tsx';
import { Moment } from './moment.tsx';
import { nextStep, type Rights } from './next-step.ts';
import { StatusChip } from './status-chip.tsx';
import { spanOf } from './time.ts';
import { siteNames } from './words.ts';

type Around = {
  now: Date;
  rights: Rights;
  csrf: string;
  /** Only worth a line where a partner has more than one. */
  withRegistration: boolean;
};
const heads = ['Customer', 'Status', 'Time left', 'Exact Online'] as const;

/** Every connection with its clock. Where there is little room each row is a card; the order of reading stays the same. */
export function ConnectionsTable({ items, ...around }: Around & { items: ConnectionView[] }) {
  return (
    <div className="@container">
      <div className="rounded-lg border border-line bg-raised @max-4xl:border-0 @max-4xl:bg-transparent">
        <table className="w-full border-collapse text-sm @max-4xl:block">
          <caption className="sr-only">Connections, most urgent first</caption>
          <thead className="@max-4xl:sr-only">
            <tr className="border-b border-line text-left text-[13px] text-muted">
              {heads.map((head) => (
                <th key={head} scope="col" className="px-4 py-2.5 font-medium">
                  {head}
                </th>
              ))}
              <th scope="col" className="px-4 py-2.5">
                <span className="sr-only">Next step</span>
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line @max-4xl:grid @max-4xl:grid-cols-[repeat(auto-fill,minmax(min(100%,18rem),1fr))] @max-4xl:gap-3 @max-4xl:divide-y-0">
            {items.map((item) => (
              <Row key={item.id} view={item} {...around} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Cell({ children, className = '' }: { children: ReactNode; className?: string }) {
  return <td className={`px-4 py-3 align-top @max-4xl:block @max-4xl:p-0 ${className}`}>{children}</td>;
}

function Row({ view, now, rights, csrf, withRegistration }: Around & { view: ConnectionView }) {
  const { customer, grant, registration } = view;
  return (
    <tr className="hover:bg-sunken/50 @max-4xl:grid @max-4xl:grid-cols-[1fr_auto] @max-4xl:gap-x-3 @max-4xl:content-start @max-4xl:gap-y-3 @max-4xl:rounded-lg @max-4xl:border @max-4xl:border-line @max-4xl:bg-raised @max-4xl:p-4">
      <th scope="row" className="max-w-64 px-4 py-3 text-left align-top font-normal @max-4xl:max-w-none @max-4xl:p-0">
        <Link
          href={`/console/connections/${view.id}`}
          className="break-words font-medium hover:underline hover:underline-offset-4"
        >
          <bdi>{customer.name}</bdi>
        </Link>
        {customer.externalId ? (
          <span className="mt-0.5 block break-all text-[13px] text-muted">{customer.externalId}</span>
        ) : null}
      </th>
      <Cell>
        <StatusChip status={view.status} />
        {isDoubtful(view) ? <p className="mt-1 text-[13px] text-warn">maybe superseded</p> : null}
      </Cell>
      <Cell className={`min-w-36 @max-4xl:col-span-2 ${grant || view.invitation ? '' : '@max-4xl:hidden'}`}>
        <TimeLeft view={view} now={now} />
      </Cell>
      <Cell
        className={`max-w-60 @max-4xl:col-span-2 @max-4xl:max-w-none ${grant || withRegistration ? '' : '@max-4xl:hidden'}`}
      >
        {grant ? <Identity grant={grant} /> : withRegistration ? null : <span className="text-muted">–</span>}
        {withRegistration ? (
          <span className="mt-0.5 block break-words text-[13px] text-muted">
            via {registration.name} ({siteNames[registration.site] ?? registration.site})
          </span>
        ) : null}
      </Cell>
      <Cell className="text-right @max-4xl:col-span-2 @max-4xl:grid @max-4xl:text-left">
        <Step view={view} now={now} rights={rights} csrf={csrf} />
      </Cell>
    </tr>
  );
}

function TimeLeft({ view, now }: { view: ConnectionView; now: Date }) {
  const { status, grant, handoff, invitation } = view;
  const settled = handoff?.settledAt;
  if (status === 'handed_over' && handoff?.confirmBefore)
    return (
      <p>
        <span className="font-medium tabular-nums">{spanOf(handoff.confirmBefore.getTime() - now.getTime())}</span>
        <span className="mt-0.5 block text-[13px] text-muted">to tell the outcome</span>
      </p>
    );
  if (status === 'claimed' && handoff)
    return (
      <p>
        <span className="font-medium tabular-nums">{spanOf(handoff.redeemBefore.getTime() - now.getTime())}</span>
        <span className="mt-0.5 block text-[13px] text-muted">to use the claim</span>
      </p>
    );
  if (grant && isRunning(grant, now)) return <LapseClock grant={grant} now={now} />;
  if (status === 'invited' && invitation)
    return (
      <p className="text-[13px] text-muted">
        link open until <Moment at={invitation.expiresAt} />
      </p>
    );
  if (status === 'registered' && settled)
    return (
      <p className="text-[13px] text-muted">
        registered <Moment at={settled} dateOnly />
      </p>
    );
  if (grant?.endedAt)
    return (
      <p className="text-[13px] text-muted">
        ended <Moment at={grant.endedAt} dateOnly />
      </p>
    );
  return <span className="text-muted @max-4xl:hidden">–</span>;
}

function Identity({ grant }: { grant: NonNullable<ConnectionView['grant']> }) {
  const company = grant.divisions.find(({ current }) => current) ?? grant.divisions[0];
  if (!grant.exactUser)
    return (
      <span className="text-[13px] text-muted">
        {grant.identity === 'pending' ? 'Being looked up' : 'Identity unknown'}
      </span>
    );
  return (
    <>
      <span className="block break-words">{company ? company.name : grant.exactUser.fullName}</span>
      <span className="mt-0.5 block break-words text-[13px] text-muted">
        {grant.exactUser.userName}
        {grant.divisions.length > 1 ? (
          <span className="whitespace-nowrap"> · {grant.divisions.length} companies</span>
        ) : null}
      </span>
    </>
  );
}

function Step({ view, now, rights, csrf }: Omit<Around, 'withRegistration'> & { view: ConnectionView }) {
  const step = nextStep(view, now, rights);
  if (step.kind === 'copy_link')
    return <CopyLinkButton connectionId={view.id} customer={view.customer.name} csrf={csrf} />;
  if (step.kind === 'wait') return <span className="text-[13px] text-muted">{step.label}</span>;
  return (
    <ButtonLink href={step.href} kind={step.strong ? 'primary' : 'plain'} size="small">
      {step.label}
      <span className="sr-only">: {view.customer.name}</span>
    </ButtonLink>
  );
}
