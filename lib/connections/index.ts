export { type EventView, listEvents } from './events.ts';
export { type ExpiringView, expiringAsOf } from './expiring.ts';
export { type ConnectionView, type GrantView, listConnections, readConnection } from './list.ts';
export { readTimeline, type TimelineEntry } from './timeline.ts';
