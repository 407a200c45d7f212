import type { ConnectionView } from '#lib/connections/index.ts';

export const groups = [
  { id: 'all', label: 'All' },
  { id: 'ready', label: 'Ready to register' },
  { id: 'attention', label: 'Needs attention' },
  { id: 'waiting', label: 'Waiting for customer' },
  { id: 'done', label: 'Done' },
] as const;
export type Group = (typeof groups)[number]['id'];

/** A newer consent, or a renewal's answer that never came, may have ended the token: true of something ready, and of something registered. */
export const isDoubtful = (view: ConnectionView): boolean =>
  view.grant !== null &&
  (((view.grant.maybeSuperseded || view.grant.outrun) && ['sealed', 'expiring'].includes(view.status)) ||
    (view.grant.supersededWarning && ['registered', 'handed_over'].includes(view.status)));

/** Every connection is in one group besides All. */
export function groupOf(view: ConnectionView): Exclude<Group, 'all'> {
  if (isDoubtful(view)) return 'attention';
  switch (view.status) {
    case 'sealed':
    case 'expiring':
      return 'ready';
    case 'invited':
    case 'in_progress':
      return 'waiting';
    case 'registered':
      return 'done';
    default:
      return 'attention';
  }
}

/** The moment that matters next: when something ends unless someone acts. */
export function deadlineOf({ status, grant, handoff, invitation }: ConnectionView): Date | null {
  if (status === 'claimed') return handoff?.redeemBefore ?? null;
  if (status === 'handed_over') return handoff?.confirmBefore ?? null;
  if (status === 'invited' || status === 'in_progress') return invitation?.expiresAt ?? null;
  return grant && ['sealed', 'expiring', 'parked'].includes(status) ? grant.lapsesAt : null;
}

function rankOf(view: ConnectionView): number {
  if (['parked', 'claimed', 'handed_over', 'expiring'].includes(view.status)) return 0;
  if (groupOf(view) === 'attention') return 1;
  if (view.status === 'sealed') return 2;
  return view.status === 'registered' ? 4 : 3;
}

/** Most urgent first: running clocks that need someone, then what is broken, then by time left. */
export function byUrgency(a: ConnectionView, b: ConnectionView): number {
  const left = (view: ConnectionView) => deadlineOf(view)?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return rankOf(a) - rankOf(b) || left(a) - left(b) || b.createdAt.getTime() - a.createdAt.getTime();
}
