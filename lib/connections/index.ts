export {
  type HeldFacts,
  type PreflightLine,
  type PreflightTone,
  preflight,
  type Sharing,
} from './core/preflight.ts';
export { type EventView, listEvents } from './events.ts';
export { type ExpiringView, expiringAsOf } from './expiring.ts';
export { type ConnectionView, type GrantView, listConnections, readConnection } from './list.ts';
export { type NextClaimable, nextClaimable } from './next.ts';
export { sharingExactUser } from './sharing.ts';
export { type Happening, readStory, type StoryEntry } from './story.ts';
export { readTimeline, type TimelineEntry } from './timeline.ts';
