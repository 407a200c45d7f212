import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';

/** What can be told to a customer of what became of a permission: a closed list, so nothing that anyone typed is in it. */
export type Happening =
  | 'connected'
  | 'connected_again'
  | 'put_aside'
  | 'doubted'
  | 'released'
  | 'confirmed'
  | 'put_right'
  | 'declined'
  | 'claimed'
  | 'not_collected'
  | 'handed_over'
  | 'handed_over_cloud'
  | 'registered'
  | 'rejected'
  | 'unconfirmed'
  | 'kept_valid'
  | 'withdrawn'
  | 'lapsed'
  | 'superseded'
  | 'dead';

export type StoryEntry = { at: Date; what: Happening };

type Detail = { [fact: string]: unknown };

/** A cancelled claim is news only where the permission stayed sealed; elsewhere its end is told by its own row. */
const endsWithTheGrant = ['superseded', 'customer_withdrew', 'restored'];

const readings: Record<string, (detail: Detail) => Happening | null> = {
  'invitation.finished': ({ outcome }) => (outcome === 'sealed' ? 'connected' : null),
  'grant.sealed': ({ accepted, looked_again }) =>
    accepted === true ? 'released' : looked_again === true ? 'put_right' : null,
  'grant.confirmed': () => 'confirmed',
  'grant.parked': ({ reason }) => (reason === 'customer_doubts' ? 'doubted' : 'put_aside'),
  'grant.shredded': ({ reason }) => (reason === 'declined' ? 'declined' : null),
  'grant.renewed': () => 'kept_valid',
  'grant.lapsed': () => 'lapsed',
  'grant.superseded': () => 'superseded',
  'grant.dead': () => 'dead',
  'handoff.claimed': () => 'claimed',
  'handoff.cancelled': ({ reason }) => (endsWithTheGrant.includes(String(reason)) ? null : 'not_collected'),
  'handoff.delivered': ({ target }) => (target === 'invantive-cloud' ? 'handed_over_cloud' : 'handed_over'),
  'handoff.confirmed': () => 'registered',
  'handoff.rejected': () => 'rejected',
  'handoff.unconfirmed': () => 'unconfirmed',
  'security.consent_withdrawn': () => 'withdrawn',
};

const rowsRead = 200;

/** What happened to a connection's permissions, newest first, for the customer who gave them: moments and names of the list, nothing else. */
export async function readStory(ctx: Ctx, connectionId: string): Promise<StoryEntry[]> {
  const rows = await inTenant(ctx.partnerId, (tx) =>
    tx.auditEvent.findMany({
      where: { partnerId: ctx.partnerId, connectionId, action: { in: Object.keys(readings) } },
      orderBy: [{ at: 'desc' }, { seq: 'desc' }],
      take: rowsRead,
      select: { at: true, action: true, detail: true },
    }),
  );
  const story = rows.flatMap(({ at, action, detail }) => {
    const what = readings[action]?.(detail as Detail) ?? null;
    return what === null ? [] : [{ at, what }];
  });
  const first = rows.length < rowsRead ? story.findLast(({ what }) => what === 'connected') : undefined;
  return story.map((entry) =>
    entry.what === 'connected' && entry !== first ? { at: entry.at, what: 'connected_again' } : entry,
  );
}
