import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { type PlaceLink, PlaceSwitch } from '#components/console/place-switch.tsx';
import { SandboxBanner } from '#components/console/sandbox-banner.tsx';
import { Shell } from '#components/console/shell.tsx';
import { roleNames } from '#components/console/words.ts';
import { config } from '#lib/config/index.ts';
import { csrfOf, type Place, placesOf } from '#lib/session/index.ts';
import { may } from '#lib/tenancy/index.ts';
import { signedIn } from './_parts/signed-in.ts';
import '../globals.css';

export const dynamic = 'force-dynamic';

export async function generateMetadata(): Promise<Metadata> {
  const { partner } = await signedIn();
  const house = partner.sandbox ? 'Sandbox · Waxseal' : 'Waxseal';
  return { title: { default: `Console · ${house}`, template: `%s · ${house}` } };
}

/** Live and sandbox as a pair, whichever of them this is, and whatever else the person is a member of. */
function linksOf(places: readonly Place[], here: Place): { pair: PlaceLink[]; others: PlaceLink[] } {
  const link = ({ partnerId, name, sandbox }: Place): PlaceLink => ({
    to: partnerId,
    name,
    sandbox,
    here: partnerId === here.partnerId,
  });
  const liveId = here.sandboxOf ?? here.partnerId;
  const inPair = ({ partnerId, sandboxOf }: Place) => partnerId === liveId || sandboxOf === liveId;
  const known = places
    .filter(inPair)
    .sort((a, b) => Number(a.sandbox) - Number(b.sandbox))
    .map(link);
  const twin: PlaceLink = { to: 'sandbox', name: here.name, sandbox: true, here: false };
  return {
    pair: known.some(({ sandbox }) => sandbox) ? known : [...known, twin],
    others: places.filter((place) => !inPair(place)).map(link),
  };
}

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const session = await signedIn();
  const { member, partner, ctx } = session;
  const csrf = csrfOf(session);
  const here = { partnerId: partner.id, name: partner.name, sandbox: partner.sandbox, sandboxOf: partner.sandboxOf };
  return (
    <Shell
      partner={partner.name}
      member={{ name: member.name, role: roleNames[member.role] }}
      csrf={csrf}
      sandbox={partner.sandbox}
      places={<PlaceSwitch {...linksOf(await placesOf(session), here)} csrf={csrf} />}
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
