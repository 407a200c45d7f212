import { randomUUID } from 'node:crypto';
import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { RegistrationForm } from '#components/console/registration-form.tsx';
import { Card } from '#components/ui/card.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { isId, newId } from '#lib/kernel/ids.ts';
import { csrfOf } from '#lib/session/index.ts';
import { may, redirectUriOf } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../../_parts/query.ts';
import { fieldsOf } from '../../_parts/registration.ts';
import { signedIn } from '../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'New client registration' };

const empty = {
  ...{ name: '', site: 'nl', client_id: '', redirect_uri: '' },
  ...{ preflight: true, pkce: true, renew: false, confirmation: 'ask' },
};

function Step({ at, children }: { at: number; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span
        aria-hidden="true"
        className="grid size-6 shrink-0 place-items-center rounded-full border border-line-strong/60 text-xs font-semibold"
      >
        {at}
      </span>
      <span className="min-w-0">{children}</span>
    </li>
  );
}

function StepsAtExact() {
  return (
    <ol className="mt-5 space-y-3 text-sm leading-6">
      <Step at={1}>
        Go to{' '}
        <a
          href="https://apps.exactonline.com"
          target="_blank"
          rel="noreferrer"
          className="font-medium text-wax underline underline-offset-2"
        >
          apps.exactonline.com<span className="sr-only"> (opens in a new tab)</span>
        </a>{' '}
        and choose the site of your country.
      </Step>
      <Step at={2}>Sign in, open “Manage my apps”, and register a new API key or app.</Step>
      <Step at={3}>
        Give it the name your customers know you by: Exact Online shows it when it asks for their permission.
      </Step>
      <Step at={4}>Paste the redirect URL above, exactly as it is. Exact Online accepts no other address.</Step>
      <Step at={5}>Save. Exact Online then shows the client ID and client secret that are asked for below.</Step>
    </ol>
  );
}

/** Saving makes the app known to the simulator, so there is nothing to register anywhere first. */
function SimulatedApp() {
  return (
    <p className="mt-4 text-sm leading-6 text-muted">
      For a live app you would paste this at Exact Online first. Here the simulated Exact Online learns of your app when
      you save it: keep the client ID that is filled in, and make up a secret.
    </p>
  );
}

export default async function NewRegistration({ searchParams }: { searchParams: SearchParams }) {
  const session = await signedIn();
  const query = await readQuery(searchParams);
  const { sandbox } = session.partner;
  // Kept over a refusal: the URL may have been pasted at Exact already.
  const before = query.typed('id');
  const id = before && isId('clientRegistration', before) ? before : newId('clientRegistration');
  return (
    <div className="mx-auto max-w-2xl">
      <PageHeader
        crumbs={[{ href: '/console/registrations', label: 'Client registrations' }]}
        title="New client registration"
        lead={
          sandbox
            ? 'An app at the simulated Exact Online of this sandbox.'
            : 'Bring your own Exact Online app. Keep this page open while you register it there.'
        }
      />
      <ErrorNotice error={query.error} />
      {may(session.member.role, 'edit_registrations') ? (
        <div className="space-y-5">
          <Card title={sandbox ? '1. The redirect URL of this app' : '1. Paste this redirect URL at Exact Online'}>
            <Copyable text={redirectUriOf(id, session.partner.home)} what="redirect URL" />
            {sandbox ? <SimulatedApp /> : <StepsAtExact />}
          </Card>
          <Card title={sandbox ? '2. Its client ID and secret' : '2. Bring the client ID and secret here'}>
            <RegistrationForm
              action="/console/registrations/create"
              back="/console/registrations/new"
              csrf={csrfOf(session)}
              reservedId={id}
              fields={fieldsOf(query.typed, { ...empty, client_id: sandbox ? randomUUID() : '' })}
            />
          </Card>
        </div>
      ) : (
        <Notice tone="calm" title="Only an administrator can add one">
          Your role can see client registrations, not change them.
        </Notice>
      )}
    </div>
  );
}
