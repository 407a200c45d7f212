import type { Metadata } from 'next';
import { ReceiptPaper } from '#components/console/receipt-paper.tsx';
import { siteNames, targetName } from '#components/console/words.ts';
import { buttonClass } from '#components/ui/button.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { PrintButton } from '#components/ui/print-button.tsx';
import { config } from '#lib/config/index.ts';
import { leftAs, readAccount } from '#lib/handoff/index.ts';
import { orNotFound, signedIn } from '../../../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Receipt' };

export default async function Receipt({ params }: { params: Promise<{ id: string }> }) {
  const { ctx, partner } = await signedIn();
  const { handoffId, claims, jws, customerName, exactUser, claimedBy, settledBy } = await orNotFound(
    readAccount(ctx, (await params).id),
  );
  const page = `/console/handoffs/${handoffId}`;
  return (
    <div className="mx-auto max-w-3xl print:max-w-none">
      <PageHeader
        crumbs={[
          { href: '/console', label: 'Connections' },
          { href: `/console/connections/${claims.connection_id}`, label: customerName },
          { href: page, label: 'Registration' },
        ]}
        title="Receipt of a handoff"
        lead="Holds no secret. Keep it with your customer’s file."
        actions={
          <>
            <PrintButton />
            <a href={`${page}/receipt/jws`} download className={buttonClass()}>
              Signed (.jws)
            </a>
            <a href={`${page}/receipt/text`} download className={buttonClass()}>
              Short (.txt)
            </a>
          </>
        }
      />
      <ReceiptPaper
        partner={partner.name}
        customer={customerName}
        exactUser={exactUser}
        country={siteNames[claims.site] ?? claims.site}
        target={targetName(claims.target)}
        leftAs={claims.file_format ? leftAs(claims.file_format) : 'Values, in no file'}
        claimedBy={claimedBy}
        settledBy={settledBy}
        keysUrl={`${config().publicUrl}/api/v1/receipt-keys/${claims.partner_id}`}
        claims={claims}
        jws={jws}
      />
    </div>
  );
}
