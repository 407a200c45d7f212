/*
 * What a partner's page loads as /embed/v1.js. Upgrades a real link to a customer's page; without it the link still works.
 * Imports nothing, writes no markup, evaluates no text: it runs under `script-src <our origin>` with trusted types.
 */

type Mode = 'same-tab' | 'popup' | 'new-tab';
type Told = { type: string; [detail: string]: unknown };
type Tell = (told: Told) => void;
type News = Told & { step: number; invitation_id: string | null; if_closed?: object };

const element = 'waxseal-connect';
const patience = { heardMs: 10_000, unheardMs: 60_000, wholeMs: 30 * 60_000 };
const pause = { leastMs: 1000, mostMs: 5000 };
const way = ['opened', 'leaving', 'returned'];
const missesUntilTold = 5;

/** Invitations on their way, by address: a second press comes back to the window of the first. */
const live: Record<string, { view: Window; end: () => void }> = {};

/** What invitations are called, by address, as far as one of them has been heard of. */
const names: Record<string, string> = {};
const named =
  (href: string, tell: Tell): Tell =>
  (told) =>
    tell(names[href] ? { ...told, invitation_id: names[href] } : told);

const handheld = () =>
  /Mobi|Android|; wv\)/.test(navigator.userAgent) || matchMedia('(hover:none) and (pointer:coarse)').matches;

/** Follows one invitation until it is over: by messages of the window that was opened, and by its status. */
function follow(url: URL, view: Window, tell: Tell): void {
  const { href, origin } = url;
  const ends = Date.now() + patience.wholeMs;
  let last = 1; // what the customer's first page says is told already
  let stage = 'opened';
  let trouble: unknown; // the code of what was told last, if that was an error
  let ifClosed: object | undefined; // how it has ended if the window is gone
  let heard = false;
  let looked = false;
  let closedSince = 0;
  let wait = pause.leastMs;
  let misses = 0;
  let over = false;
  let timer = 0;

  const end = () => {
    over = true;
    clearTimeout(timer);
    removeEventListener('message', hear);
    delete live[href];
  };

  const take = ({ step, if_closed, invitation_id: id, ...told }: News, spoken?: boolean) => {
    if (id) names[href] ??= id;
    if (over || (id && id !== names[href])) return;
    // Only what the window said itself counts: of one that is cut off nobody can tell whether it is gone.
    if (spoken || !if_closed) ifClosed = if_closed;
    if (!(step > last)) return;
    last = step;
    closedSince = 0;
    wait = pause.leastMs;
    if (told['recoverable'] && told['code'] === trouble) return; // looked at once more, and still so
    // A look may come late. What lies between is told all the same, so that the order always holds.
    const before = (told['stage'] as string) || told.type;
    const done = told['outcome'] === 'kept' ? 0 : way.length;
    const reached = told.type === 'finished' ? done : way.indexOf(before) + (told.type === 'error' ? 1 : 0);
    const from = stage === told.type ? 1 : way.indexOf(stage) + 1; // back once more: they have left once more
    for (let at = from; at && at < reached; at++) tell({ type: way[at] as string });
    stage = before;
    trouble = told['code'];
    tell(told);
    if (told.type === 'finished' || told['recoverable'] === false) end();
  };

  const hear = ({ data, source, origin: from }: MessageEvent) => {
    if (source !== view || from !== origin || !data?.waxseal) return;
    heard = true;
    take(data.waxseal, true);
  };

  const look = async () => {
    try {
      const answer = await fetch(`${origin}${url.pathname}/status`, { credentials: 'omit', cache: 'no-store' });
      const news: News = await answer.json();
      // Said before this press: they have come to think again.
      if (!looked && /kept|declined/.test(news['outcome'] as string)) last = Math.max(last, news.step);
      looked = true;
      take(news);
      misses = 0;
    } catch {
      if (++misses === missesUntilTold)
        tell({
          ...{ type: 'error', code: 'unreachable', stage, recoverable: true },
          message: `No status from ${origin}. Is the origin of this page registered?`,
        });
    }
    if (over) return;
    const now = Date.now();
    // Closed or cut off (COOP), nobody can tell: a hint, never an error, and the status is asked on.
    if (view.closed && closedSince >= 0) {
      closedSince ||= now;
      if (now - closedSince >= (heard ? patience.heardMs : patience.unheardMs)) {
        closedSince = -1;
        tell(ifClosed ? { type: 'finished', ...ifClosed } : { type: 'closed', stage });
        if (ifClosed) return end();
      }
    }
    if (now > ends) return end();
    timer = window.setTimeout(look, wait);
    wait = Math.min(wait * 1.5, pause.mostMs);
  };

  addEventListener('message', hear);
  timer = window.setTimeout(look, wait);
  live[href] = { view, end };
}

const addressOf = (text: string): URL | null => {
  const url = new URL(text, location.href);
  return /^https?:$/.test(url.protocol) && /^\/connect\/wxi_\w+$/.test(url.pathname) ? url : null;
};

/** Opens the page in a window of its own, within the click. False where the same tab has to do. */
function openWindow(url: URL, mode: Mode, tell: Tell): boolean {
  const before = live[url.href];
  if (before && !before.view.closed) {
    before.view.focus();
    return true;
  }
  before?.end();
  const view =
    (mode === 'popup' || mode === 'new-tab') && !handheld()
      ? window.open(url.href, '_blank', mode === 'popup' ? 'popup,width=480,height=760' : '')
      : null;
  const own = view && !view.closed;
  tell = named(url.href, tell);
  tell({ type: 'opened', mode: own ? mode : 'same-tab' });
  if (own) follow(url, view, tell);
  return !!own;
}

const api = {
  /** Call it within a click. Throws a TypeError for an address that is no invitation's. */
  open(address: string, { mode = 'same-tab', onEvent = () => {} }: { mode?: Mode; onEvent?: Tell } = {}): void {
    const url = addressOf(address);
    if (!url) throw new TypeError('not the address of an invitation');
    // In a turn of its own: what the page's callback throws is the page's error, and ends nothing here.
    const tell: Tell = (told) => queueMicrotask(() => onEvent(told));
    if (!openWindow(url, mode, tell)) location.assign(url.href);
  },
};

class Connect extends HTMLElement {
  connectedCallback() {
    queueMicrotask(() => this.tell({ type: 'ready' }));
    this.addEventListener('click', this);
  }
  handleEvent(event: MouseEvent) {
    const link = (event.target as Element).closest('a');
    const elsewhere = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (!link || elsewhere || event.defaultPrevented) return;
    const url = addressOf(link.href);
    if (url && openWindow(url, this.getAttribute('mode') as Mode, (told) => this.tell(told))) event.preventDefault();
  }
  // Not bubbling: an `error` that bubbles would reach the page's own error reports.
  tell(told: Told) {
    this.dispatchEvent(new CustomEvent(told.type, { detail: told }));
  }
}

if (!customElements.get(element)) {
  customElements.define(element, Connect);
  Object.assign(window, { Waxseal: api });
}

export {}; // a module, so that its names are its own
