import type { ConnectionView } from '#lib/connections/index.ts';

/** Why nothing usable is held, as far as the record says. */
export function whyNeedsConsent({ grant, handoff, invitation }: ConnectionView): string {
  if (!grant)
    return invitation?.withdrawnAt
      ? 'The invitation was withdrawn before the customer connected.'
      : 'The invitation ended before the customer connected.';
  switch (grant.custody) {
    case 'lapsed':
      return 'The 30 days ran out before the database was registered.';
    case 'superseded':
      return 'The same Exact user gave consent again elsewhere, which made these credentials useless.';
    case 'dead':
      return 'Exact Online refused these credentials.';
    case 'shredded':
      return handoff?.status === 'rejected'
        ? 'The registration was reported as refused, and what was held has been shredded.'
        : 'The consent was declined or withdrawn, and what was held has been shredded.';
    default:
      return 'The customer withdrew the permission, or the 30 days just ran out.';
  }
}

type Warning = { id: string; tone: 'warn' | 'bad'; title: string; text: string };

/** What cannot be promised about what is held, in plain words. */
export function warningsOf({ grant, status }: ConnectionView): Warning[] {
  const found: Warning[] = [];
  const held = status === 'sealed' || status === 'expiring' || status === 'parked' || status === 'claimed';
  if (!grant) return found;
  if (grant.maybeSuperseded && held)
    found.push({
      id: 'maybe',
      tone: 'warn',
      title: 'Maybe superseded',
      text: 'A newer consent came in and we could not see by which Exact user. If it was the same one, these credentials no longer work. Registering is the only way to find out.',
    });
  if (grant.outrun && held)
    found.push({
      id: 'outrun',
      tone: 'warn',
      title: 'Maybe no longer valid',
      text: `An answer of Exact Online to a renewal never reached us. If there was one, what is sealed here has ended.${grant.renewAt ? ' The next renewal tells; it comes soon.' : ' Registering is the only way to find out.'}`,
    });
  if (grant.supersededWarning)
    found.push({
      id: 'live',
      tone: 'bad',
      title: 'The registered database may stop working',
      text: 'The same Exact user gave consent to the same app again after this was handed over. Exact Online keeps only one of the two alive. Check the database; if it fails, ask the customer to connect again.',
    });
  if (grant.identity === 'unknown' && held)
    found.push({
      id: 'identity',
      tone: 'warn',
      title: 'Identity unknown',
      text: 'The check after consent is off or did not succeed, so we do not know which Exact user or company this is. We therefore cannot promise that it is the right customer, or warn you when the same user connects elsewhere.',
    });
  return found;
}
