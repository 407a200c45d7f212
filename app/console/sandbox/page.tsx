import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { PlayedAppCard } from '#components/console/played-app.tsx';
import { PlayedRequests } from '#components/console/played-requests.tsx';
import { PushClock } from '#components/console/push-clock.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorNotice, Notice } from '#components/ui/notice.tsx';
import { PageHeader } from '#components/ui/page-header.tsx';
import { AppError } from '#lib/kernel/errors.ts';
import { AdvanceInput, readPlay, type SandboxPlay } from '#lib/sandbox/index.ts';
import { csrfOf } from '#lib/session/index.ts';
import { type MemberCtx, may } from '#lib/tenancy/index.ts';
import { readQuery, type SearchParams } from '../_parts/query.ts';
import { signedIn } from '../_parts/signed-in.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Sandbox' };

/** The simulator may be away; the clock can be read all the same. */
async function playOf({ ctx }: MemberCtx): Promise<SandboxPlay | string | null> {
  try {
    return await readPlay(ctx);
  } catch (error) {
    if (error instanceof AppError && error.code === 'provider_unavailable') return error.publicMessage;
    throw error;
  }
}

export default async function Sandbox({ searchParams }: { searchParams: SearchParams }) {
  const session = await signedIn();
  if (!session.partner.sandbox) notFound();
  const { error, text } = await readQuery(searchParams);
  const left = AdvanceInput.safeParse({ seconds: Number(text('left')) });
  const play = await playOf(session);
  const csrf = csrfOf(session);
  const mayPlay = may(session.member.role, 'advance_clock');
  return (
    <>
      <PageHeader
        title="Sandbox"
        lead={
          <>
            A simulated Exact Online that says no, and a clock that moves when you say so. What you try here touches
            nothing live.{' '}
            <Link href="/docs/simulator" className="underline underline-offset-2">
              How the simulator works
            </Link>
          </>
        }
      />
      <ErrorNotice error={error} />
      <div className="space-y-5">
        {mayPlay ? (
          <Card title="Let time pass">
            <PushClock
              now={session.ctx.clock.now()}
              csrf={csrf}
              secondsLeft={left.success ? left.data.seconds : null}
            />
          </Card>
        ) : null}
        {play === null ? (
          <Notice tone="calm" title="No app yet">
            Add a{' '}
            <Link href="/console/registrations/new" className="underline underline-offset-2">
              client registration
            </Link>
            ; in a sandbox any client ID and secret will do. Its simulated Exact Online then shows here.
          </Notice>
        ) : typeof play === 'string' ? (
          <Notice tone="warn" title="The simulator is away">
            {play}
          </Notice>
        ) : (
          <>
            {play.apps.map((app) => (
              <PlayedAppCard
                key={app.registrationId}
                app={app}
                personas={play.personas}
                csrf={csrf}
                mayPlay={mayPlay}
              />
            ))}
            <PlayedRequests requests={play.requests} />
          </>
        )}
      </div>
    </>
  );
}
