import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { Approval, AwaitingApproval } from '#components/console/approval.tsx';
import { AskAgain } from '#components/console/ask-again.tsx';
import { FileDownload } from '#components/console/file-download.tsx';
import { HandoffAssistant } from '#components/console/handoff-assistant.tsx';
import { HandoffCard } from '#components/console/handoff-card.tsx';
import { NextCustomer } from '#components/console/next-customer.tsx';
import { OutcomeNotice, ReceiptCard } from '#components/console/outcome.tsx';
import { OutcomeForm } from '#components/console/outcome-form.tsx';
import { Pushed } from '#components/console/pushed.tsx';
import { Reopen } from '#components/console/reopen.tsx';
import { SignInAgain } from '#components/console/sign-in-again.tsx';
import { formatName, siteNames, targetName } from '#components/console/words.ts';
import { Button, ButtonLink } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { TextField } from '#components/ui/field.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { nextClaimable, readConnection } from '#lib/connections/index.ts';
import { formatFacts, formatOf } from '#lib/handoff/core/formats/catalogue.ts';
import {
  type Account,
  type HandoffRow,
  isPushed,
  needsApproval,
  openRequest,
  readAccount,
  readHandoff,
  viewMinutes,
} from '#lib/handoff/index.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { csrfOf, isFresh } from '#lib/session/index.ts';
import { readTarget, usualFormHost } from '#lib/targets/index.ts';
import { readQuery, type SearchParams } from '../../_parts/query.ts';
import { orNotFound, rightsOf, signedIn } from '../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Registration' };

type PageProps = { params: Promise<{ id: string }>; searchParams: SearchParams };

const isMine = (ctx: Ctx, row: HandoffRow) =>
  row.claimedByKind === 'member' && ctx.actor.kind === 'member' && row.claimedById === ctx.actor.id;

/** The ten minutes of the first look, by the partner's clock. */
const mayLook = (ctx: Ctx, row: HandoffRow) =>
  row.deliveredAt === null
    ? ctx.clock.now() < row.redeemBefore
    : ctx.clock.now().getTime() < row.deliveredAt.getTime() + viewMinutes * 60_000;

const formHostOf = async (ctx: Ctx, { targetId }: HandoffRow): Promise<string> =>
  (targetId === null ? null : (await readTarget(ctx, targetId)).formHost) ?? usualFormHost;

/** What a screen may know of a handoff. */
const shown = (row: HandoffRow) => ({
  id: row.id,
  status: row.status,
  target: row.target,
  claimedAt: row.claimedAt,
  redeemBefore: row.redeemBefore,
  deliveredAt: row.deliveredAt,
  confirmBefore: row.confirmBefore,
  settledAt: row.settledAt,
  outcomeCode: row.outcomeCode,
  fileFormat: row.fileFormat,
});

const summaryOf = ({ handoffId, claims }: Account) => ({
  handoffId,
  tokenFingerprint: claims.token_fingerprint,
  ageSeconds: claims.age_at_release_seconds,
  openedBefore: claims.opened_before_release,
  spentBefore: claims.spent_before_release,
});

function factsOf(fileFormat: string) {
  const { confidence } = formatFacts[formatOf(fileFormat)];
  return { format: formatName(fileFormat), confidence };
}

/** The recipient key that the claim fixed, as people call it. */
async function encryptedTo(ctx: Ctx, { targetId, recipientKeyId }: HandoffRow): Promise<string | null> {
  if (!targetId || !recipientKeyId) return null;
  const { recipientKeys } = await readTarget(ctx, targetId);
  return recipientKeys.find(({ id }) => id === recipientKeyId)?.label ?? recipientKeyId;
}

/** What an on-premise product needs to read the registered database's credentials from Invantive Cloud. */
function OnPremise({ handoffId }: { handoffId: string }) {
  return (
    <Card title="For an on-premise product">
      <p className="text-sm leading-6 text-muted">
        A fragment for its settings file, with which it fetches the credentials from Invantive Cloud, as Invantive
        publishes it. It holds no secret: you fill in your service account. Tick{' '}
        <em>Allow Invantive Credentials Server Use</em> at the database, and name your addresses there.
      </p>
      <form
        method="get"
        action={`/console/handoffs/${handoffId}/credentials`}
        className="mt-4 grid items-end gap-3 sm:grid-cols-[minmax(0,20rem)_auto] sm:justify-start"
      >
        <TextField id="database" label="Its name in the address there" maxLength={200} optional />
        <Button kind="plain">Download the fragment</Button>
      </form>
    </Card>
  );
}

function CancelForm({ id, csrf }: { id: string; csrf: string }) {
  return (
    <form method="post" action={`/console/handoffs/${id}/cancel`}>
      <input type="hidden" name="csrf" value={csrf} />
      <input type="hidden" name="back" value={`/console/handoffs/${id}`} />
      <Button kind="plain">Give it back</Button>
    </form>
  );
}

type HolderProps = { ctx: Ctx; row: HandoffRow; csrf: string; mayAct: boolean; approval: ReactNode };

/** A handoff that we bring ourselves: whoever claimed it may give it back while nothing has left; others as ever. */
function PushedHandoff({ ctx, row, csrf, mayAct, approval }: HolderProps) {
  const request = openRequest(row, ctx.clock.now());
  const delivered = row.status === 'delivered';
  return (
    <Pushed
      delivered={delivered}
      tries={row.pushTries ?? 0}
      nextTry={row.pushDueAt}
      problem={row.pushProblem}
      until={delivered ? row.confirmBefore : row.redeemBefore}
    >
      {isMine(ctx, row) ? null : approval}
      {!mayAct ? null : delivered ? (
        <OutcomeForm handoffId={row.id} csrf={csrf} />
      ) : isMine(ctx, row) ? (
        <CancelForm id={row.id} csrf={csrf} />
      ) : (
        <Card title="Give it back">
          <Reopen
            handoffId={row.id}
            csrf={csrf}
            request={request && { ...request, mine: request.askedBy === ctx.actor.id }}
          />
        </Card>
      )}
    </Pushed>
  );
}

/** A handoff that someone else holds: what it waits for, and what may be done about it from here. */
function OtherHolder({ ctx, row, csrf, mayAct, approval }: HolderProps) {
  const request = openRequest(row, ctx.clock.now());
  const machine = row.claimedByKind === 'api_key';
  return (
    <div className="space-y-5">
      <Notice tone="calm" title={machine ? 'An API key holds this handoff' : 'A colleague holds this handoff'}>
        <p>
          {row.status === 'claimed'
            ? 'Only the one who claimed it can get the values. Nothing has left yet.'
            : 'The values have left. Whoever put them in place tells the outcome; if you know it, you can too.'}
        </p>
      </Notice>
      {approval}
      {row.status === 'claimed' && mayAct ? (
        <Card title="Give it back">
          <Reopen
            handoffId={row.id}
            csrf={csrf}
            request={request && { ...request, mine: request.askedBy === ctx.actor.id }}
          />
        </Card>
      ) : null}
      {row.status === 'delivered' && mayAct ? <OutcomeForm handoffId={row.id} csrf={csrf} /> : null}
    </div>
  );
}

export default async function Handoff({ params, searchParams }: PageProps) {
  const session = await signedIn();
  const { ctx, member } = session;
  const { error } = await readQuery(searchParams);
  const row = await orNotFound(readHandoff(ctx, (await params).id));
  const view = await readConnection(ctx, row.connectionId);
  const rights = rightsOf(member.role);
  const csrf = csrfOf(session);
  const connection = `/console/connections/${row.connectionId}`;
  const isOpen = row.status === 'claimed' || row.status === 'delivered';
  const isTold = row.status === 'confirmed' || row.status === 'rejected' || row.status === 'unconfirmed';
  const next = isTold && rights.register ? await nextClaimable(ctx) : null;
  const mayAskAgain = rights.invite && (row.status === 'rejected' || row.status === 'unconfirmed');
  const approval =
    needsApproval(row) && rights.register ? (
      <Approval
        handoffId={row.id}
        csrf={csrf}
        customer={view.customer.name}
        target={targetName(row.target)}
        again={isFresh(session) ? null : <SignInAgain to={`/console/handoffs/${row.id}`} what="Agreeing to it" />}
      />
    ) : null;

  /** What whoever claimed it gets, in either shape. */
  const taking = (what: string) => ({
    ...{ handoffId: row.id, csrf, delivered: row.status === 'delivered', open: mayLook(ctx, row) },
    again:
      row.deliveredAt === null && !isFresh(session) ? (
        <SignInAgain to={`/console/handoffs/${row.id}`} what={what} />
      ) : null,
    cancel: <CancelForm id={row.id} csrf={csrf} />,
    outcome: <OutcomeForm handoffId={row.id} csrf={csrf} />,
  });

  return (
    <div className="mx-auto max-w-3xl">
      <PageHeader
        crumbs={[
          { href: '/console', label: 'Connections' },
          { href: connection, label: view.customer.name },
        ]}
        title={!isOpen ? 'Registration' : row.fileFormat ? 'Take the file' : `Register at ${targetName(row.target)}`}
      />
      <ErrorNotice error={error} />
      {isOpen && isPushed(row) ? (
        <PushedHandoff ctx={ctx} row={row} csrf={csrf} mayAct={rights.register} approval={approval} />
      ) : isOpen && isMine(ctx, row) && rights.register && needsApproval(row) ? (
        <AwaitingApproval handoffId={row.id} cancel={<CancelForm id={row.id} csrf={csrf} />} />
      ) : isOpen && isMine(ctx, row) && rights.register && row.fileFormat !== null ? (
        <FileDownload
          {...taking('Downloading the file')}
          {...factsOf(row.fileFormat)}
          encryptedTo={await encryptedTo(ctx, row)}
        />
      ) : isOpen && isMine(ctx, row) && rights.register ? (
        <HandoffAssistant
          {...taking('Revealing the values')}
          formHost={await formHostOf(ctx, row)}
          country={siteNames[view.registration.site] ?? view.registration.site}
        />
      ) : isOpen ? (
        <OtherHolder ctx={ctx} row={row} csrf={csrf} mayAct={rights.register} approval={approval} />
      ) : (
        <div className="space-y-5">
          <OutcomeNotice status={row.status} code={row.outcomeCode}>
            {mayAskAgain ? (
              <div className="mt-3">
                <AskAgain connectionId={view.id} csrf={csrf} email={view.customer.email} back={connection} />
              </div>
            ) : null}
          </OutcomeNotice>
          {next ? (
            <NextCustomer
              next={next.first}
              total={next.total}
              now={ctx.clock.now()}
              strong={row.status === 'confirmed'}
            />
          ) : null}
          {row.receipt ? <ReceiptCard {...summaryOf(await readAccount(ctx, row.id))} /> : null}
          <HandoffCard handoff={shown(row)} onItsPage />
          {row.status === 'confirmed' ? <OnPremise handoffId={row.id} /> : null}
          <p>
            <ButtonLink href={connection}>Back to {view.customer.name}</ButtonLink>
          </p>
        </div>
      )}
    </div>
  );
}
