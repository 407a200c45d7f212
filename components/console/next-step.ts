import type { ConnectionView } from '#lib/connections/index.ts';

export type NextStep =
  | { kind: 'go'; label: string; href: string; strong: boolean }
  | { kind: 'copy_link' }
  | { kind: 'wait'; label: string };

export type Rights = { invite: boolean; register: boolean; decide: boolean };

/** The one thing to do next with a connection, for someone with these rights. */
export function nextStep(view: ConnectionView, now: Date, rights: Rights): NextStep {
  const page = `/console/connections/${view.id}`;
  const open: NextStep = { kind: 'go', label: 'Open', href: page, strong: false };
  const go = (label: string, href: string, strong = false): NextStep => ({ kind: 'go', label, href, strong });
  switch (view.status) {
    case 'sealed':
    case 'expiring':
      if (!rights.register) return open;
      return view.grant && now < view.grant.claimableFrom
        ? { kind: 'wait', label: 'Ready in a few minutes' }
        : go('Register database', `${page}/register`, view.status === 'expiring');
    case 'parked':
      return rights.decide ? go('Review', `${page}#review`) : open;
    case 'claimed':
      return view.handoff ? go(rights.register ? 'Continue' : 'Open', `/console/handoffs/${view.handoff.id}`) : open;
    case 'handed_over':
      return view.handoff
        ? go(rights.register ? 'Tell outcome' : 'Open', `/console/handoffs/${view.handoff.id}`)
        : open;
    case 'invited':
      return rights.invite ? { kind: 'copy_link' } : open;
    case 'needs_consent':
    case 'unconfirmed':
      return rights.invite ? go('Ask again', `${page}#ask`) : open;
    case 'blocked':
      return go('Check app', `/console/registrations/${view.registration.id}`);
    default:
      return open;
  }
}
