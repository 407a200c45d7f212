import { ChevronRight } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { Moment } from '#components/console/moment.tsx';
import { siteNames } from '#components/console/words.ts';
import { ButtonLink } from '#components/ui/button.tsx';
import { ErrorNotice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { listRegistrations, may, type RegistrationView } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../_parts/query.ts';
import { signedIn } from '../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Client registrations' };

function Row({ registration }: { registration: RegistrationView }) {
  return (
    <li className="relative flex items-center gap-4 px-4 py-3.5 hover:bg-sunken/50 sm:px-5">
      <div className="min-w-0 flex-1">
        <Link
          href={`/console/registrations/${registration.id}`}
          className="break-words text-sm font-medium before:absolute before:inset-0"
        >
          {registration.name}
        </Link>
        <p className="mt-0.5 text-[13px] leading-5 text-muted">
          {siteNames[registration.site]} · <code className="break-all font-mono text-xs">{registration.clientId}</code>
        </p>
      </div>
      <p className="shrink-0 text-right text-[13px] leading-5 text-muted max-sm:hidden">
        secret set <Moment at={registration.secretSetAt} dateOnly />
      </p>
      <ChevronRight size={16} aria-hidden="true" className="shrink-0 text-muted" />
    </li>
  );
}

export default async function Registrations({ searchParams }: { searchParams: SearchParams }) {
  const { ctx, member } = await signedIn();
  const { error } = await readQuery(searchParams);
  const registrations = await listRegistrations(ctx);
  const mayEdit = may(member.role, 'edit_registrations');
  return (
    <>
      <PageHeader
        title="Client registrations"
        lead="Your own apps at Exact Online. Customers connect through them, and their credentials only work with them."
        actions={
          mayEdit ? (
            <ButtonLink href="/console/registrations/new" kind="primary">
              New client registration
            </ButtonLink>
          ) : null
        }
      />
      <ErrorNotice error={error} />
      {registrations.length > 0 ? (
        <ul className="divide-y divide-line rounded-lg border border-line bg-raised">
          {registrations.map((registration) => (
            <Row key={registration.id} registration={registration} />
          ))}
        </ul>
      ) : (
        <div className="rounded-lg border border-line bg-raised px-5 py-12 text-center">
          <h2 className="text-sm font-semibold">No app registered yet</h2>
          <p className="mx-auto mt-1 max-w-md text-sm leading-6 text-muted">
            It takes a few minutes: you register an app at Exact Online, paste our redirect URL there, and bring its
            client ID and secret back here.
          </p>
        </div>
      )}
    </>
  );
}
