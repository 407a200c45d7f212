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

type Around = { now: Date; rights: Rights; csrf: string };
const heads = ['Customer', 'Status', 'Time left', 'Exact Online', 'Client registration'] as const;

/** Every connection with its clock. On a phone each row is a card; the order of reading stays the same. */
export function ConnectionsTable({ items, ...around }: Around & { items: ConnectionView[] }) {
  return (
    <div className="rounded-lg border border-line bg-raised max-md:border-0 max-md:bg-transparent">
      <table className="w-full border-collapse text-sm max-md:block">
        <caption className="sr-only">Connections, most urgent first</caption>
        <thead className="max-md:sr-only">
          <tr className="border-b border-line text-left text-[13px] text-muted">
            {heads.map((head) => (
              <th
                key={head}
                scope="col"
                className={`px-4 py-2.5 font-medium ${head === 'Client registration' ? 'max-xl:hidden' : ''}`}
              >
                {head}
              </th>
            ))}
            <th scope="col" className="px-4 py-2.5">
              <span className="sr-only">Next step</span>
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line max-md:block max-md:space-y-3 max-md:divide-y-0">
          {items.map((item) => (
            <Row key={item.id} view={item} {...around} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ children, className = '' }: { children: ReactNode; className?: string }) {
  return <td className={`px-4 py-3 align-top max-md:block max-md:p-0 ${className}`}>{children}</td>;
}

function Row({ view, now, rights, csrf }: Around & { view: ConnectionView }) {
  const { customer, grant, registration } = view;
  return (
    <tr className="hover:bg-sunken/50 max-md:grid max-md:grid-cols-[1fr_auto] max-md:gap-x-3 max-md:gap-y-3 max-md:rounded-lg max-md:border max-md:border-line max-md:bg-raised max-md:p-4">
      <th scope="row" className="max-w-64 px-4 py-3 text-left align-top font-normal max-md:max-w-none max-md:p-0">
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
      <Cell className="min-w-36 max-md:col-span-2">
        <TimeLeft view={view} now={now} />
      </Cell>
      <Cell className={`max-w-60 max-md:col-span-2 max-md:max-w-none ${grant ? '' : 'max-md:hidden'}`}>
        {grant ? <Identity grant={grant} /> : <span className="text-muted">–</span>}
      </Cell>
      <Cell className="max-w-52 max-xl:hidden">
        <span className="block break-words">{registration.name}</span>
        <span className="mt-0.5 block text-[13px] text-muted">{siteNames[registration.site] ?? registration.site}</span>
      </Cell>
      <Cell className="text-right max-md:col-span-2 max-md:grid max-md:text-left">
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
  return <span className="text-muted">–</span>;
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
      <span className="mt-0.5 block break-all text-[13px] text-muted">
        {grant.exactUser.userName}
        {grant.divisions.length > 1 ? ` · ${grant.divisions.length} companies` : ''}
      </span>
    </>
  );
}

function Step({ view, now, rights, csrf }: Around & { view: ConnectionView }) {
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
