import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { SandboxBanner } from '#components/console/sandbox-banner.tsx';
import { Shell } from '#components/console/shell.tsx';
import { roleNames } from '#components/console/words.ts';
import { config } from '#lib/config/index.ts';
import { csrfOf } from '#lib/session/index.ts';
import { may } from '#lib/tenancy/index.ts';
import { signedIn } from './_parts/signed-in.ts';
import '../globals.css';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: { default: 'Console', template: '%s · Waxseal' } };

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const session = await signedIn();
  const { member, partner, ctx } = session;
  const csrf = csrfOf(session);
  return (
    <Shell
      partner={partner.name}
      member={{ name: member.name, role: roleNames[member.role] }}
      csrf={csrf}
      banner={
        partner.sandbox ? (
          <SandboxBanner
            now={ctx.clock.now()}
            csrf={csrf}
            mayAdvance={may(member.role, 'advance_clock')}
            mailbox={config().demo}
          />
        ) : null
      }
    >
      {children}
    </Shell>
  );
}
