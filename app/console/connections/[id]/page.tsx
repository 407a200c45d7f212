import type { Metadata } from 'next';
import { cache } from 'react';
import { AskAgain } from '#components/console/ask-again.tsx';
import { ConsentFacts, CustomerFacts } from '#components/console/consent-facts.tsx';
import { HandoffCard } from '#components/console/handoff-card.tsx';
import { InvitationCard, InvitedNotice, isOpen } from '#components/console/invitation-card.tsx';
import { Moment } from '#components/console/moment.tsx';
import { nextStep, type Rights } from '#components/console/next-step.ts';
import { warningsOf } from '#components/console/reasons.ts';
import { DoubtForm, ReviewCard } from '#components/console/review-card.tsx';
import { Standing } from '#components/console/standing.tsx';
import { Timeline } from '#components/console/timeline.tsx';
import { ButtonLink } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { type ConnectionView, readConnection, readTimeline } from '#lib/connections/index.ts';
import { linkUrl, openLink } from '#lib/consent/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { csrfOf } from '#lib/session/index.ts';
import type { MemberCtx } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../../_parts/query.ts';
import { orNotFound, rightsOf, signedIn } from '../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';

type PageProps = { params: Promise<{ id: string }>; searchParams: SearchParams };

const connectionOf = cache((ctx: Ctx, id: string) => orNotFound(readConnection(ctx, id)));

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { ctx } = await signedIn();
  return { title: (await connectionOf(ctx, (await params).id)).customer.name };
}

/** The link of the invitation that was made a moment ago; no other page of the console holds one. */
async function freshLink(
  { ctx, partner }: MemberCtx,
  view: ConnectionView,
  invited: string | null,
): Promise<string | null> {
  const { invitation } = view;
  if (!invitation || invitation.id !== invited || !isOpen(invitation, ctx.clock.now())) return null;
  const token = await openLink(ctx, { invitationId: invitation.id });
  return token && linkUrl(token.reveal(), partner.home);
}

function MainAction({ view, now, rights }: { view: ConnectionView; now: Date; rights: Rights }) {
  if (view.grant && now < view.grant.claimableFrom && (view.status === 'sealed' || view.status === 'expiring'))
    return (
      <p className="max-w-56 text-[13px] leading-5 text-muted">
        Can be registered from <Moment at={view.grant.claimableFrom} />: Exact Online refuses a token in its first ten
        minutes.
      </p>
    );
  const step = nextStep(view, now, rights);
  // What can be decided on this page has its own card right below.
  if (step.kind !== 'go' || step.label === 'Open' || step.href.includes('#')) return null;
  return (
    <ButtonLink href={step.href} kind="primary">
      {step.label}
    </ButtonLink>
  );
}

export default async function Connection({ params, searchParams }: PageProps) {
  const session = await signedIn();
  const { ctx, member } = session;
  const { id } = await params;
  const query = await readQuery(searchParams);
  const view = await connectionOf(ctx, id);
  const rights = rightsOf(member.role);
  const [entries, url] = await Promise.all([
    readTimeline(ctx, id),
    rights.invite ? freshLink(session, view, query.text('invited')) : null,
  ]);
  const now = ctx.clock.now();
  const csrf = csrfOf(session);
  const { grant, handoff, invitation, customer, status } = view;
  const page = `/console/connections/${id}`;
  const mayAsk = rights.invite && !['invited', 'in_progress', 'handed_over', 'claimed'].includes(status);
  const isUrgent = status === 'needs_consent' || status === 'unconfirmed';
  const asks = mayAsk ? (
    <div id="ask" className="scroll-mt-4">
      <Card title={isUrgent ? 'Ask the customer again' : 'New consent'}>
        <p className="mb-4 text-sm leading-6 text-muted">
          {isUrgent
            ? 'The customer gets a fresh page to connect Exact Online again. It takes them about a minute.'
            : 'You can ask for a new consent at any time. As soon as the customer gives it, the one held now is worth nothing.'}
        </p>
        <AskAgain connectionId={id} csrf={csrf} email={customer.email} back={page} strong={isUrgent} />
      </Card>
    </div>
  ) : null;

  return (
    <>
      <PageHeader crumbs={[{ href: '/console', label: 'Connections' }]} title={<bdi>{customer.name}</bdi>} />
      <ErrorNotice error={query.error} />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-5">
          {url && invitation ? (
            <InvitedNotice
              {...{ connectionId: id, invitation, url, csrf }}
              customer={customer.name}
              email={customer.email}
            />
          ) : null}
          <Standing view={view} now={now} actions={<MainAction view={view} now={now} rights={rights} />} />
          {warningsOf(view).map(({ id: key, tone, title, text }) => (
            <Notice key={key} tone={tone} title={title}>
              {text}
            </Notice>
          ))}
          {status === 'parked' && grant ? (
            <ReviewCard
              connectionId={id}
              grantId={grant.id}
              reason={grant.parkedReason}
              csrf={csrf}
              mayDecide={rights.decide}
            />
          ) : null}
          {isUrgent ? asks : null}
          {grant ? <ConsentFacts grant={grant} /> : null}
          {handoff ? <HandoffCard handoff={handoff} /> : null}
          {grant && rights.decide && (status === 'sealed' || status === 'expiring') ? (
            <DoubtForm connectionId={id} grantId={grant.id} csrf={csrf} />
          ) : null}
          <Card title="Timeline" aside={<p className="text-[13px] text-muted">Dutch time</p>} flush>
            <Timeline entries={entries} />
          </Card>
        </div>
        <div className="min-w-0 space-y-5">
          {invitation ? (
            <InvitationCard
              connectionId={id}
              customer={customer.name}
              invitation={invitation}
              now={now}
              csrf={csrf}
              mayInvite={rights.invite}
            />
          ) : null}
          <CustomerFacts view={view} />
          {isUrgent ? null : asks}
        </div>
      </div>
    </>
  );
}
