import type { Metadata } from 'next';
import { InviteForm } from '#components/console/invite-form.tsx';
import { siteNames } from '#components/console/words.ts';
import { ButtonLink } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { csrfOf } from '#lib/session/index.ts';
import { listRegistrations, may } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../_parts/query.ts';
import { signedIn } from '../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Invite a customer' };

export default async function Invite({ searchParams }: { searchParams: SearchParams }) {
  const session = await signedIn();
  const { role } = session.member;
  const query = await readQuery(searchParams);
  const registrations = await listRegistrations(session.ctx);
  const chosen = query.typed('client_registration_id') ?? query.text('registration');
  const registrationId = registrations.find(({ id }) => id === chosen)?.id ?? registrations[0]?.id;

  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        title="Invite a customer"
        lead="They get a page in your style, connect Exact Online there, and are done in about a minute."
      />
      <ErrorNotice error={query.error} />
      {!may(role, 'invite') ? (
        <Notice tone="calm" title="Your role can look, not invite">
          Ask a colleague with the role of staff or administrator.
        </Notice>
      ) : registrationId ? (
        <Card>
          <InviteForm
            csrf={csrfOf(session)}
            typed={query.typed}
            registrationId={registrationId}
            sitesDiffer={new Set(registrations.map(({ site }) => site)).size > 1}
            registrations={registrations.map(({ id, name, site }) => ({
              value: id,
              label: `${name} (${siteNames[site]})`,
            }))}
          />
        </Card>
      ) : (
        <Notice tone="calm" title="First, register your app">
          <p>Customers connect through your own Exact Online app, and no client registration is known here yet.</p>
          {may(role, 'edit_registrations') ? (
            <p className="mt-3">
              <ButtonLink href="/console/registrations/new" kind="primary" size="small">
                Register your app
              </ButtonLink>
            </p>
          ) : (
            <p className="mt-1">Ask an administrator to add one.</p>
          )}
        </Notice>
      )}
    </div>
  );
}
