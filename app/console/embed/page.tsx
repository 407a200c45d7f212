import type { Metadata } from 'next';
import { AddOrigin, OriginList } from '#components/console/origins.tsx';
import { SignInAgain } from '#components/console/sign-in-again.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorNotice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { csrfOf, isFresh } from '#lib/session/index.ts';
import { listOrigins, may } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../_parts/query.ts';
import { signedIn } from '../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Button' };

export default async function Embed({ searchParams }: { searchParams: SearchParams }) {
  const session = await signedIn();
  const { error, typed } = await readQuery(searchParams);
  const origins = await listOrigins(session.ctx);
  const csrf = csrfOf(session);
  const mayEdit = may(session.member.role, 'manage_origins');
  return (
    <div className="mx-auto max-w-3xl">
      <PageHeader
        title="Where your button stands"
        lead={
          <>
            Pages of these origins are told how an invitation goes. The button itself works anywhere: it is a link.{' '}
            <a href="/docs/embed" className="underline underline-offset-2">
              How to place it
            </a>
          </>
        }
      />
      <ErrorNotice error={error} />
      <div className="space-y-5">
        {mayEdit ? (
          <Card title="Add an origin">
            {isFresh(session) ? (
              <AddOrigin csrf={csrf} typed={typed('origin')} sandbox={session.ctx.sandbox} />
            ) : (
              <SignInAgain to="/console/embed" what="Adding or removing an origin" />
            )}
          </Card>
        ) : null}
        {origins.length > 0 ? (
          <OriginList origins={origins} csrf={csrf} mayEdit={mayEdit} />
        ) : (
          <p className="rounded-lg border border-line bg-raised px-5 py-10 text-center text-sm text-muted">
            No origin yet. Without one your page opens the customer’s page, and is told nothing.
          </p>
        )}
      </div>
    </div>
  );
}
