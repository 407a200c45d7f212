import type { Refusal } from './refusals.ts';
import type { Switches } from './switches.ts';
import type { Instant } from './vocabulary.ts';

/** T19, literal. */
export const MAINTENANCE_TEXT = 'Server maintenance: Due to server maintenance the Exact Online server is unavailable.';
const PAGE = `<!DOCTYPE html><html lang="en"><head><title>Server maintenance</title></head><body><p>${MAINTENANCE_TEXT}</p></body></html>`;

const PLAIN = { 'Content-Type': 'text/plain; charset=utf-8' };
const HTML = { 'Content-Type': 'text/html; charset=utf-8' };

const ANSWERS: Record<Switches['maintenanceAnswer'], Refusal> = {
  '503': { rule: 'T19', status: 503, body: MAINTENANCE_TEXT, headers: PLAIN },
  '504': { rule: 'T19', status: 504, body: MAINTENANCE_TEXT, headers: PLAIN },
  html: { rule: 'T19', status: 503, body: PAGE, headers: HTML },
  empty: { rule: 'T19', status: 503, body: '' },
};

const AMSTERDAM = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Amsterdam',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** T19: whether the house is closed, and what it says then. Nothing is read or spent behind this door. */
export function closedForMaintenance(switches: Switches, now: Instant): Refusal | null {
  return isClosed(switches.maintenance, now) ? ANSWERS[switches.maintenanceAnswer] : null;
}

function isClosed(maintenance: Switches['maintenance'], now: Instant): boolean {
  if (maintenance !== 'nightly') return maintenance === 'now';
  const time = AMSTERDAM.format(now);
  return time >= '04:00' && time < '04:30';
}
