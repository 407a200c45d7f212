import type { Metadata } from 'next';
import { Moment } from '#components/console/moment.tsx';
import { RegistrationForm } from '#components/console/registration-form.tsx';
import { SignInAgain } from '#components/console/sign-in-again.tsx';
import { dayOf } from '#components/console/time.ts';
import { confirmationOptions, exactHosts, siteNames } from '#components/console/words.ts';
import { ButtonLink } from '#components/ui/button.tsx';
import { Card, Fact, Facts } from '#components/ui/card.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { inTenant } from '#lib/db/index.ts';
import { csrfOf, isFresh } from '#lib/session/index.ts';
import { may, type RegistrationView, readRegistration, returnsHere } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../../_parts/query.ts';
import { fieldsOf } from '../../_parts/registration.ts';
import { orNotFound, signedIn } from '../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Client registration' };

type PageProps = { params: Promise<{ id: string }>; searchParams: SearchParams };

function ReadOnly({ registration }: { registration: RegistrationView }) {
  return (
    <Card title="Your app" flush>
      <Facts>
        <Fact name="Country site">
          {siteNames[registration.site]} <span className="text-muted">({exactHosts[registration.site]})</span>
        </Fact>
        <Fact name="Client ID">
          <code className="break-all font-mono text-[13px]">{registration.clientId}</code>
        </Fact>
        <Fact name="Client secret">
          set on <Moment at={registration.secretSetAt} dateOnly />
        </Fact>
        <Fact name="Look-up after consent">{registration.preflight ? 'On' : 'Off'}</Fact>
        <Fact name="Right account?">
          {confirmationOptions.find(({ value }) => value === registration.confirmation)?.label}
        </Fact>
        <Fact name="Renewal">{registration.renew ? 'On, from day 20' : 'Off'}</Fact>
        <Fact name="PKCE">{registration.pkce ? 'On' : 'Off'}</Fact>
      </Facts>
    </Card>
  );
}

export default async function Registration({ params, searchParams }: PageProps) {
  const session = await signedIn();
  const { ctx, member } = session;
  const { id } = await params;
  const query = await readQuery(searchParams);
  const registration = await orNotFound(inTenant(ctx.partnerId, (tx) => readRegistration(tx, ctx, id)));
  const saved = query.text('saved');
  const page = `/console/registrations/${id}`;
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        crumbs={[{ href: '/console/registrations', label: 'Client registrations' }]}
        title={registration.name}
        actions={
          may(member.role, 'invite') ? (
            <ButtonLink href={`/console/invite?registration=${id}`}>Invite a customer</ButtonLink>
          ) : null
        }
      />
      <ErrorNotice error={query.error} />
      <div className="space-y-5">
        {saved ? (
          <Notice
            tone="good"
            role="status"
            title={saved === 'new' ? 'Your app is registered here' : 'The changes are saved'}
          >
            {saved === 'new' ? 'The next step is to invite a first customer.' : null}
          </Notice>
        ) : null}
        <Card title="Redirect URL at Exact Online">
          <Copyable text={registration.redirectUri} what="redirect URL" />
          <p className="mt-2 text-[13px] leading-5 text-muted">
            {returnsHere(registration)
              ? 'Has to stand in your app at Exact Online exactly like this.'
              : 'An address that is not ours: customers land there, copy the whole address of that page, and paste it on their page here.'}
          </p>
        </Card>
        {may(member.role, 'edit_registrations') ? (
          <Card title="Your app">
            {isFresh(session) ? null : (
              <div className="mb-5 border-b border-line pb-5">
                <SignInAgain
                  to={page}
                  what="Changing the country site, client ID, secret, redirect URL or PKCE"
                  kind="plain"
                />
              </div>
            )}
            <RegistrationForm
              action={`${page}/change`}
              back={page}
              csrf={csrfOf(session)}
              secretSetOn={dayOf(registration.secretSetAt)}
              fields={fieldsOf(query.typed, {
                ...registration,
                client_id: registration.clientId,
                redirect_uri: returnsHere(registration) ? '' : registration.redirectUri,
              })}
            />
          </Card>
        ) : (
          <ReadOnly registration={registration} />
        )}
      </div>
    </div>
  );
}
