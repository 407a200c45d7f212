import type { Metadata } from 'next';
import { BrandForm } from '#components/console/brand-form.tsx';
import { BrandPreview } from '#components/console/brand-preview.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { mostWords, storedTokens } from '#lib/branding/index.ts';
import { localeNames, locales } from '#lib/i18n/index.ts';
import { csrfOf } from '#lib/session/index.ts';
import { brandStamp, findTwin, listLogos, may } from '#lib/tenancy/index.ts';
import { readFields, typedOver, unpacked } from '../_parts/brand.ts';
import { previewParts } from '../_parts/brand-frames.ts';
import { savedFields } from '../_parts/brand-page.ts';
import type { SearchParams } from '../_parts/query.ts';
import { signedIn } from '../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Brand' };

const told: Readonly<Record<string, string>> = {
  saved: 'Saved. Customers see it from now on.',
  same: 'That is how it was; nothing was changed.',
  uploaded: 'Uploaded. Look at it in the preview, and save to show it to customers.',
  removed: 'The logo is removed.',
  taken: 'Taken over. Customers see it from now on.',
};

function TakeOver({ csrf, sandbox }: { csrf: string; sandbox: boolean }) {
  return (
    <Card title={sandbox ? 'The live brand' : 'The brand of the sandbox'}>
      <form method="post" action="/console/brand/take" className="flex flex-wrap items-center justify-between gap-4">
        <input type="hidden" name="csrf" value={csrf} />
        <input type="hidden" name="back" value="/console/brand" />
        <p className="min-w-0 max-w-prose flex-1 basis-64 text-sm leading-6 text-muted">
          {sandbox
            ? 'The sandbox has a brand of its own, to try things out on real pages. This starts it again from the live one.'
            : 'What you tried out in the sandbox becomes what customers see, with its logos.'}
        </p>
        <Button>{sandbox ? 'Take the live brand' : 'Take the brand of the sandbox'}</Button>
      </form>
    </Card>
  );
}

/** Nothing here is secret and all of it can be changed back, so no fresh sign-in is asked for; the trail says who changed what. */
export default async function Brand({ searchParams }: { searchParams: SearchParams }) {
  const session = await signedIn();
  const query = await searchParams;
  const text = (name: string) => (typeof query[name] === 'string' ? query[name] : null);
  const typed = unpacked(text('typed'));
  const fields = typed ?? savedFields(session);
  const stored = session.partner.theme as { logoUrl?: unknown };
  const tokens = storedTokens(stored);
  const logos = await listLogos(session.ctx);
  const shown = [tokens?.logoUrl, tokens?.logoDarkUrl];
  const csrf = csrfOf(session);
  const mayEdit = may(session.member.role, 'manage_brand');
  const done = told[text('done') ?? ''];
  const { sandbox } = session.partner;
  const other = sandbox || (await findTwin(session.ctx)) !== null;
  return (
    <>
      <PageHeader
        title="Brand"
        lead={
          sandbox
            ? 'How the sandbox looks to its customers. The live brand is another one, until you take this one over there.'
            : 'How you look to customers, on their pages and in their mails.'
        }
        actions={
          <a
            href="/console/brand/preview"
            target="_blank"
            rel="noreferrer"
            className="text-sm font-medium underline underline-offset-2"
          >
            All pages as they are now<span className="sr-only"> (opens in a new tab)</span>
          </a>
        }
      />
      <ErrorNotice error={text('error')} />
      {done ? (
        <div className="mb-5">
          <Notice tone="good" role="status">
            {done}
          </Notice>
        </div>
      ) : null}
      {mayEdit ? null : (
        <div className="mb-5">
          <Notice tone="calm" title="Only an administrator can change the brand">
            Your role can look at it.
          </Notice>
        </div>
      )}
      {typeof stored.logoUrl === 'string' && tokens && !tokens.logoUrl ? (
        <div className="mb-5">
          <Notice tone="warn" title="Your logo is not shown any more">
            It was loaded from another host, which could see who opens your pages and could change it. Upload it here.
          </Notice>
        </div>
      ) : null}
      <div className="grid items-start gap-8 2xl:grid-cols-[minmax(0,1fr)_37rem]">
        <div className="min-w-0 space-y-5">
          <BrandForm
            csrf={csrf}
            typedOver={fields[typedOver] || brandStamp(tokens)}
            fields={fields}
            faults={typed ? readFields(fields).faults : {}}
            logos={logos.map((logo) => ({ ...logo, inUse: shown.includes(logo.path) }))}
            logoFault={text('logo_file')}
            mayEdit={mayEdit}
            most={{ purpose: mostWords.purpose, before: mostWords.beforeWords, done: mostWords.doneWords }}
          />
          {mayEdit && other ? <TakeOver csrf={csrf} sandbox={sandbox} /> : null}
        </div>
        {mayEdit ? (
          <div className="min-w-0 2xl:sticky 2xl:top-8">
            <BrandPreview
              csrf={csrf}
              parts={previewParts.map(({ name, label }) => ({ name, label }))}
              languages={locales.map((locale) => ({ name: locale, label: localeNames[locale] }))}
            />
          </div>
        ) : null}
      </div>
    </>
  );
}
