import type { Metadata } from 'next';
import { CreateKey } from '#components/console/create-key.tsx';
import { KeyList } from '#components/console/key-list.tsx';
import { SignInAgain } from '#components/console/sign-in-again.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorNotice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { csrfOf, isFresh } from '#lib/session/index.ts';
import { listApiKeys, may } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../_parts/query.ts';
import { signedIn } from '../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'API keys' };

export default async function ApiKeys({ searchParams }: { searchParams: SearchParams }) {
  const session = await signedIn();
  const { error } = await readQuery(searchParams);
  const keys = await listApiKeys(session.ctx);
  const csrf = csrfOf(session);
  const mayManage = may(session.member.role, 'manage_keys');
  return (
    <div className="mx-auto max-w-3xl">
      <PageHeader
        title="API keys"
        lead="For your own systems. A key reads what your organisation has, and does what you allow it here."
      />
      <ErrorNotice error={error} />
      <div className="space-y-5">
        {mayManage ? (
          <Card title="New key">
            {isFresh(session) ? (
              <CreateKey csrf={csrf} />
            ) : (
              <SignInAgain to="/console/api-keys" what="Making or revoking a key" />
            )}
          </Card>
        ) : null}
        {keys.length > 0 ? (
          <KeyList keys={keys} csrf={csrf} mayManage={mayManage} />
        ) : (
          <p className="rounded-lg border border-line bg-raised px-5 py-10 text-center text-sm text-muted">
            No key yet. You only need one when a system of yours talks to Waxseal.
          </p>
        )}
      </div>
    </div>
  );
}
