import type { Metadata } from 'next';
import { Moment } from '#components/console/moment.tsx';
import { AddRecipientKey, RecipientKeyList } from '#components/console/recipient-keys.tsx';
import { RotateSecret } from '#components/console/rotate-secret.tsx';
import { SignInAgain } from '#components/console/sign-in-again.tsx';
import { formatName, roleNames, targetKindWords, targetTitle } from '#components/console/words.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, Fact, Facts } from '#components/ui/card.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { formatFacts } from '#lib/handoff/core/formats/catalogue.ts';
import type { Ctx } from '#lib/kernel/ctx.ts';
import { csrfOf, isFresh } from '#lib/session/index.ts';
import { mostLiveKeys, readTarget, type TargetView } from '#lib/targets/index.ts';
import { listApiKeys, may } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../../_parts/query.ts';
import { orNotFound, signedIn } from '../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Target' };

type PageProps = { params: Promise<{ id: string }>; searchParams: SearchParams };

const saved: Record<string, string> = {
  new: 'The target is saved',
  key: 'The key is added',
  closed: 'The target is closed',
  opened: 'The target is open',
};

async function apiKeysInWords(ctx: Ctx, { apiKeyIds }: TargetView): Promise<string> {
  if (apiKeyIds === null) return 'Every one';
  const known = (await listApiKeys(ctx)).filter(({ id }) => apiKeyIds.includes(id));
  return known.map(({ label, last4 }) => `${label} …${last4}`).join(', ') || 'None';
}

const rolesInWords = ({ kind, memberRoles }: TargetView): string =>
  (kind !== 'redeem' && memberRoles.map((role) => roleNames[role as keyof typeof roleNames]).join(', ')) || 'None';

/** Exact, because a term is one. */
const termOf = (seconds: number): string =>
  seconds % 3600 > 0 ? `${seconds} seconds` : seconds === 3600 ? 'one hour' : `${seconds / 3600} hours`;

function Terms({ target, apiKeys }: { target: TargetView; apiKeys: string }) {
  return (
    <Card title="Terms" flush>
      <Facts>
        <Fact name="Id">
          <code className="break-all font-mono text-[13px]">{target.id}</code>
        </Fact>
        <Fact name="Name in a claim">{target.name}</Fact>
        <Fact name="Taken by">{targetKindWords[target.kind]?.label}</Fact>
        {target.pushUrl ? (
          <Fact name="Endpoint">
            <code className="break-all font-mono text-[13px]">{target.pushUrl}</code>
          </Fact>
        ) : null}
        {target.file ? (
          <Fact name="Format">
            {formatName(target.file.format)}
            <span className="mt-0.5 block text-[13px] leading-5 text-muted">
              {formatFacts[target.file.format].confidence}
            </span>
          </Fact>
        ) : null}
        {target.kind === 'assistant' ? null : (
          <Fact name={target.kind === 'push' ? 'Sends' : 'Answers'}>
            {target.recipientKeyRequired ? 'Encrypted only' : 'Encrypted or plain'}
          </Fact>
        )}
        <Fact name="API keys">{apiKeys}</Fact>
        <Fact name="Colleagues">{rolesInWords(target)}</Fact>
        {target.formHost ? <Fact name="Receiving form">{target.formHost}</Fact> : null}
        <Fact name="Second person">{target.fourEyes ? 'Has to agree before anything leaves' : 'Not asked'}</Fact>
        <Fact name="Token">
          {target.freshPair ? 'Exchanged at the claim; the new pair leaves within 8 minutes' : 'Handed over unused'}
        </Fact>
        <Fact name="Not before">{termOf(target.earliestSeconds)} after the token’s issue</Fact>
        <Fact name="Not within">{termOf(target.latestSeconds)} before its lapse</Fact>
        {target.closedAt ? (
          <Fact name="Closed">
            <Moment at={target.closedAt} />
          </Fact>
        ) : null}
        {target.archivedAt ? (
          <Fact name="Archived">
            <Moment at={target.archivedAt} />
          </Fact>
        ) : null}
      </Facts>
    </Card>
  );
}

function Archive({ page, csrf }: { page: string; csrf: string }) {
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-sm py-1 text-muted hover:text-ink">Archive this target</summary>
      <form method="post" action={`${page}/archive`} className="mt-2">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="back" value={page} />
        <p className="mb-2 max-w-md text-[13px] leading-5 text-muted">
          Nothing can be claimed for it any more. A claim that stands can still be redeemed; one that waits to be pushed
          is not sent any more. It cannot be undone.
        </p>
        <Button kind="danger" size="small">
          Yes, archive it
        </Button>
      </form>
    </details>
  );
}

/** What every partner has cannot be taken away, but a partner may decide not to use it. */
function Close({ page, csrf, closed }: { page: string; csrf: string; closed: boolean }) {
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-sm py-1 text-muted hover:text-ink">
        {closed ? 'Open this target again' : 'Close this target'}
      </summary>
      <form method="post" action={`${page}/close`} className="mt-2">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="back" value={page} />
        <input type="hidden" name="closed" value={closed ? 'no' : 'yes'} />
        <p className="mb-2 max-w-md text-[13px] leading-5 text-muted">
          {closed
            ? 'It can be claimed for again by everyone its terms name.'
            : 'Nothing can be claimed for it until it is opened again. A claim that stands can still be redeemed.'}
        </p>
        <Button kind={closed ? 'plain' : 'danger'} size="small">
          {closed ? 'Open it' : 'Yes, close it'}
        </Button>
      </form>
    </details>
  );
}

export default async function Target({ params, searchParams }: PageProps) {
  const session = await signedIn();
  const { ctx, member } = session;
  const { text, typed, error } = await readQuery(searchParams);
  const target = await orNotFound(readTarget(ctx, (await params).id));
  const page = `/console/targets/${target.id}`;
  const csrf = csrfOf(session);
  const mayEdit = may(member.role, 'manage_targets') && !target.archivedAt;
  const title = saved[text('saved') ?? ''];
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader crumbs={[{ href: '/console/targets', label: 'Targets' }]} title={targetTitle(target)} />
      <ErrorNotice error={error} />
      <div className="space-y-5">
        {title ? (
          <Notice tone="good" role="status" title={title}>
            {text('saved') === 'key' ? 'Compare the thumbprint below with the one your system shows.' : null}
          </Notice>
        ) : null}
        {target.kind === 'push' && mayEdit ? (
          <Card title="Signing secret">
            {isFresh(session) ? (
              <RotateSecret page={page} csrf={csrf} />
            ) : (
              <SignInAgain to={page} what="Making a signing secret" />
            )}
          </Card>
        ) : null}
        {target.kind !== 'assistant' ? (
          <Card title="Recipient keys" flush>
            {target.recipientKeys.length > 0 ? (
              <RecipientKeyList page={page} csrf={csrf} keys={target.recipientKeys} mayEdit={mayEdit} />
            ) : (
              <p className="px-4 py-4 text-sm leading-6 text-muted sm:px-5">
                No key yet.{' '}
                {target.recipientKeyRequired ? 'Until there is one, nothing can be claimed for this target.' : null}
              </p>
            )}
          </Card>
        ) : null}
        {target.kind !== 'assistant' && mayEdit ? (
          <Card title="Add a key">
            {target.recipientKeys.filter(({ retiredAt }) => !retiredAt).length < mostLiveKeys ? (
              <AddRecipientKey page={page} csrf={csrf} label={typed('label') ?? ''} />
            ) : (
              <p className="text-sm leading-6 text-muted">
                Two keys are live, the old one and the new one. Retire one before you add another.
              </p>
            )}
          </Card>
        ) : null}
        <Terms target={target} apiKeys={await apiKeysInWords(ctx, target)} />
        {mayEdit && !target.builtIn ? <Archive page={page} csrf={csrf} /> : null}
        {mayEdit && target.builtIn ? <Close page={page} csrf={csrf} closed={target.closedAt !== null} /> : null}
      </div>
    </div>
  );
}
