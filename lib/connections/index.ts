export { type EventView, listEvents } from './events.ts';
export { type ConnectionView, type GrantView, listConnections, readConnection } from './list.ts';
export { readTimeline, type TimelineEntry } from './timeline.ts';
