import { presentCounters, type ShownTally } from '../control/judge.ts';
import {
  countLiveTokens,
  presentChains,
  presentClient,
  type ShownChain,
  type ShownClient,
} from '../control/present.ts';
import type { Answer } from '../http.ts';
import type { JournalEntry } from '../journal.ts';
import type { World } from '../world.ts';
import { html, type Markup } from './html.ts';
import { MARK, renderDocument } from './layout.ts';
import { STYLE } from './style.ts';

/** More than this nobody reads; the control API has them all. */
const MOST_CHAINS = 100;
const MOST_REQUESTS = 50;

/** `GET /__control` for people: who is connected, how they behave, and what was asked last. */
export function judgePage(world: World): Answer {
  const live = countLiveTokens(world, null);
  const counters = presentCounters(world, live);
  const clients = [...world.ledger.clients.values()].map((client) => presentClient(world, client));
  const chains = presentChains(world, null, live);
  const requests = world.journal.list({ limit: MOST_REQUESTS }).reverse();
  const nameOf = (userId: string | null) => world.ledger.users.get(userId ?? '')?.fullName ?? '';
  const appOf = (clientId: string | null) =>
    clients.find((each) => each.client_id === clientId)?.name ?? clientId ?? '';
  const body = html`<div class="head"><p class="product">${MARK}<span>Exact Online simulator</span></p></div>
<main class="judge">
<h1>How your clients behave</h1>
<p class="lead">Usual policy <b>${world.ledger.policy}</b>. It is <b>${moment(new Date(world.now(null)).toISOString())}</b> UTC for clients without a clock of their own.</p>
${tiles(counters.overall)}
${section(
  'Clients',
  'No client is registered yet.',
  clients.map((each) => clientRow(each, counters.clients)),
  ['App', 'Site', 'Policy', 'Its clock', 'Token calls', 'Too soon', 'Spent twice', 'Lost', 'Live'],
)}
${section(
  'Chains',
  'Nobody has consented yet.',
  chains
    .slice(-MOST_CHAINS)
    .reverse()
    .map((each) => chainRow(each, appOf, nameOf)),
  ['Chain', 'App', 'Person', 'State', 'Generation', 'Live tokens', 'Token calls', 'Last issued'],
)}
${chains.length > MOST_CHAINS ? html`<p class="note">The newest ${MOST_CHAINS} of ${chains.length}; GET /__control/chains has them all.</p>` : null}
${section(
  'Latest requests',
  'Nothing has been asked yet.',
  requests.map((each) => requestRow(each, appOf)),
  ['No.', 'At', 'Site', 'Request', 'App', 'Verdict', 'Rule', 'Fault', 'Answer'],
)}
</main>`;
  return renderDocument({ status: 200, title: 'How your clients behave', style: `${STYLE}${JUDGE_STYLE}`, body });
}

function tiles(tally: ShownTally): Markup {
  const tile = (label: string, value: string | number, more: string, wrong = false) =>
    html`<div class="tile${wrong ? ' bad' : ''}"><dt>${label}</dt><dd><b>${value}</b><span>${more}</span></dd></div>
`;
  const { answered, refused } = tally.spent_twice;
  return html`<dl class="tiles">
${[
  tile('Token calls', tally.token_calls, `${tally.issued} issued, ${tally.refused} refused`),
  tile('Sooner than 570 s', tally.short_gaps, smallest(tally), tally.short_gaps > 0),
  tile('Spent twice', answered + refused, `${answered} answered, ${refused} refused`, answered + refused > 0),
  tile('Answers lost', tally.answers_lost, 'processed, never delivered', tally.answers_lost > 0),
  tile('Live tokens', tally.max_live_tokens, 'most in one chain'),
]}</dl>`;
}

function smallest({ smallest_gap_seconds: gap }: ShownTally): string {
  return gap === null ? 'no chain called twice' : `smallest gap ${span(gap)}`;
}

function section(title: string, none: string, rows: readonly Markup[], heads: readonly string[]): Markup {
  if (rows.length === 0) return html`<h2>${title}</h2><p class="none">${none}</p>`;
  return html`<h2>${title}</h2>
<table><thead><tr>${heads.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table>`;
}

function clientRow(client: ShownClient, counted: readonly (ShownTally & { client_id: string | null })[]): Markup {
  const tally = counted.find((each) => each.client_id === client.client_id);
  const { answered = 0, refused = 0 } = tally?.spent_twice ?? {};
  return row([
    ['App', html`<b>${client.name}</b><small>${client.client_id}</small>`],
    ['Site', client.site],
    ['Policy', client.policy],
    [
      'Its clock',
      html`${moment(client.now)}<small>${client.offset_seconds > 0 ? `${span(client.offset_seconds)} ahead` : 'real time'}</small>`,
    ],
    ['Token calls', tally?.token_calls ?? 0],
    ['Too soon', tally?.short_gaps ?? 0],
    ['Spent twice', answered + refused],
    ['Lost', tally?.answers_lost ?? 0],
    ['Live', tally?.max_live_tokens ?? 0],
  ]);
}

type NameOf = (id: string | null) => string;

function chainRow(chain: ShownChain, appOf: NameOf, nameOf: NameOf): Markup {
  return row([
    ['Chain', html`<code>${chain.chain.replace('chain_', '')}</code>`],
    ['App', appOf(chain.client_id)],
    ['Person', nameOf(chain.user_id)],
    ['State', badge(chain.state, chain.state === 'live' ? 'good' : 'idle')],
    ['Generation', chain.generation],
    ['Live tokens', chain.live_tokens],
    ['Token calls', chain.token_calls],
    ['Last issued', moment(chain.last_issued_at)],
  ]);
}

const TONES = { issued: 'good', served: 'idle', refused: 'bad', denied: 'idle', failed: 'odd' } as const;

function requestRow(entry: JournalEntry, appOf: NameOf): Markup {
  const grant = entry.grant_type === null ? null : html`<small>${entry.grant_type}</small>`;
  return row([
    ['No.', entry.seq],
    ['At', moment(entry.at)],
    ['Site', entry.site],
    ['Request', html`<code>${entry.method} ${entry.path}</code>${grant}`],
    ['App', appOf(entry.client_id)],
    ['Verdict', badge(entry.verdict, TONES[entry.verdict])],
    ['Rule', entry.rule ?? ''],
    ['Fault', entry.fault === null ? '' : badge([entry.fault.kind, entry.fault.when].join(' ').trim(), 'odd')],
    ['Answer', `${entry.status ?? 'none'}${arrival(entry)}`],
  ]);
}

function arrival({ processed, delivered }: JournalEntry): string {
  if (delivered === null) return ', under way';
  return processed && !delivered ? ', lost' : '';
}

function row(cells: readonly (readonly [label: string, value: string | number | Markup])[]): Markup {
  return html`<tr>${cells.map(([label, value]) => html`<td data-label="${label}"><span>${value}</span></td>`)}</tr>
`;
}

function badge(text: string, tone: 'good' | 'bad' | 'odd' | 'idle'): Markup {
  return html`<span class="badge ${tone}">${text}</span>`;
}

function moment(iso: string): string {
  return iso.replace('T', ' ').slice(0, 19);
}

/** The two largest units: nobody compares clocks that are days apart by the second. */
function span(seconds: number): string {
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  let rest = Math.round(seconds);
  const parts = units.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count} ${unit}`;
  });
  return (
    parts
      .filter((part) => part !== '')
      .slice(0, 2)
      .join(' ') || '0 s'
  );
}

const JUDGE_STYLE = `
.head { background: var(--accent-deep); color: #fff; }
.head .product { margin: 0 auto; max-width: 80rem; padding: .9rem 1.25rem; }
.judge { display: block; justify-items: normal; width: 100%; max-width: 80rem; margin: 0 auto; padding: 1.75rem 1.25rem 3rem; }
.judge h1 { font-size: 1.6rem; }
.judge h2 { font-size: 1.0625rem; color: var(--ink); margin: 2.25rem 0 .7rem; }
.judge .lead b { color: var(--ink); font-weight: 600; }
.none { margin: 0; padding: 1rem 1.1rem; border: 1px dashed #b9c4cf; border-radius: 11px; color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(2, 1fr); gap: .75rem; margin: 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 11px; padding: .8rem .95rem; }
.tile dt { font-size: .8125rem; font-weight: 600; color: var(--soft); }
.tile dd { margin: 0; }
.tile b { display: block; font-size: 1.625rem; line-height: 1.25; font-weight: 650; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.tile dd span { display: block; font-size: .8125rem; line-height: 1.35; color: var(--soft); }
.tile.bad b { color: var(--wrong); }
.tile:first-child { grid-column: 1 / -1; }
table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card); border: 1px solid var(--line); border-radius: 11px; overflow: hidden; font-size: .875rem; }
thead { display: none; }
tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.75rem, 1fr)); gap: .5rem .95rem; padding: .8rem .95rem; }
tr + tr { border-top: 1px solid var(--line); }
td { padding: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; line-height: 1.4; }
td:has(> span:empty) { display: none; }
td::before { content: attr(data-label); display: block; font-size: .75rem; color: var(--soft); }
td small { display: block; font-size: .75rem; line-height: 1.35; color: var(--soft); }
td b { font-weight: 600; }
.badge { display: inline-block; border-radius: 99px; padding: 0 .55rem; font-size: .75rem; line-height: 1.6; font-weight: 600; white-space: nowrap; }
.badge.good { background: #e2f2e8; color: #14532d; }
.badge.bad { background: #fdeeee; color: var(--wrong); }
.badge.odd { background: #fff3cd; color: #5c4400; }
.badge.idle { background: #e9edf2; color: #3c4957; }
@media (min-width: 44rem) {
  .tiles { grid-template-columns: repeat(5, 1fr); }
  .tile:first-child { grid-column: auto; }
}
@media (min-width: 60rem) {
  .judge { padding: 2.25rem 2rem 4rem; }
  .head .product { padding: .9rem 2rem; }
  thead { display: table-header-group; }
  tr { display: table-row; }
  th { text-align: left; font-size: .75rem; font-weight: 600; color: var(--soft); padding: .55rem .8rem; background: #f7f9fb; white-space: nowrap; }
  td, td:has(> span:empty) { display: table-cell; padding: .5rem .8rem; border-top: 1px solid var(--line); vertical-align: top; }
  td::before { content: none; }
}
`;
