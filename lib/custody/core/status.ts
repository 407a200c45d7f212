import type { Custody } from './custody.ts';
import { expiringFrom } from './windows.ts';

/** What a connection is called on every screen and in the API; derived, never stored (design §2). */
export const statuses = [
  'invited',
  'in_progress',
  'sealed',
  'expiring',
  'parked',
  'claimed',
  'handed_over',
  'registered',
  'unconfirmed',
  'needs_consent',
  'blocked',
] as const;
export type ConnectionStatus = (typeof statuses)[number];

export type StatusFacts = {
  attention: 'needs_consent' | 'blocked' | null;
  withdrawn: boolean;
  grant: { custody: Custody; lapsesAt: Date } | null;
  handoff: { status: string } | null;
  invitationOpenUntil: Date | null;
  requestOpenUntil: Date | null;
};

function ofEndedHandoff(status: string | undefined): ConnectionStatus {
  if (status === 'confirmed') return 'registered';
  return status === 'unconfirmed' ? 'unconfirmed' : 'needs_consent';
}

/** The one name for where a connection stands at `now`. */
export function connectionStatus(facts: StatusFacts, now: Date): ConnectionStatus {
  if (facts.attention) return facts.attention;
  const standing = facts.withdrawn || !facts.grant ? 'needs_consent' : statusOfGrant(facts.grant, facts.handoff, now);
  // Nothing is held, but someone was asked: the asking is the better news.
  if (standing !== 'needs_consent') return standing;
  if (facts.requestOpenUntil && facts.requestOpenUntil > now) return 'in_progress';
  return facts.invitationOpenUntil && facts.invitationOpenUntil > now ? 'invited' : 'needs_consent';
}

function statusOfGrant(
  grant: NonNullable<StatusFacts['grant']>,
  handoff: StatusFacts['handoff'],
  now: Date,
): ConnectionStatus {
  switch (grant.custody) {
    case 'sealed':
    case 'renewing':
      if (now >= grant.lapsesAt) return 'needs_consent'; // the sweep follows; nobody is told otherwise meanwhile
      return now >= expiringFrom(grant.lapsesAt) ? 'expiring' : 'sealed';
    case 'parked':
      return now >= grant.lapsesAt ? 'needs_consent' : 'parked';
    case 'claimed':
    case 'handed_over':
      return grant.custody;
    case 'shredded':
      return ofEndedHandoff(handoff?.status);
    case 'lapsed':
    case 'superseded':
    case 'dead':
      return 'needs_consent';
  }
}
