import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Fault, findFault } from '../core/fault.ts';
import { MAINTENANCE_TEXT } from '../core/maintenance.ts';
import { type Answer, type Incoming, text, writeAnswer } from '../http.ts';
import type { JournalEntry } from '../journal.ts';
import type { World } from '../world.ts';
import { type Aim, aimOf } from './aim.ts';

type Wire = { readonly response: ServerResponse; readonly socket: Socket };
type Route = (world: World, incoming: Incoming) => Answer;

/** For when what we did could not be kept: the work is done all the same, and its answer is lost. */
const NOT_KEPT = text(503, MAINTENANCE_TEXT);

/**
 * One request on its way: processed by the rules, noted, written to the store, answered. Faults are ways of straying
 * from it, made of the same steps.
 */
export class Turn {
  readonly fault: Fault | null;
  readonly socket: Socket;
  /** Settles when nothing more can be sent: true when an answer has left to its end. */
  readonly over: Promise<boolean>;
  readonly #world: World;
  readonly #incoming: Incoming;
  readonly #response: ServerResponse;
  readonly #route: Route;
  #aim: Aim;
  /** The entry whose answer is still to leave. */
  #open: JournalEntry | null = null;

  constructor(world: World, incoming: Incoming, { response, socket }: Wire, route: Route) {
    this.socket = socket;
    this.#world = world;
    this.#incoming = incoming;
    this.#response = response;
    this.#route = route;
    this.#aim = aimOf(world.ledger, incoming);
    this.fault = takeFault(world, this.#aim);
    this.over = new Promise((resolve) => {
      if (response.closed || socket.destroyed) resolve(false);
      response.once('close', () => resolve(response.writableFinished));
    });
  }

  /** Lets the rules judge the request. The answer comes back when all that they changed has been written. */
  async process(): Promise<Answer> {
    const world = this.#world;
    if (this.fault) this.#aim = aimOf(world.ledger, this.#incoming); // it may have waited, or been here before
    const before = world.changes;
    const answer = this.#route(world, this.#incoming);
    if (answer.noted) this.#note({ ...answer.noted, status: answer.status, processed: true });
    if (world.changes === before) return answer;
    try {
      await world.written();
      return answer;
    } catch {
      this.lose();
      return NOT_KEPT;
    }
  }

  /** Notes that the rules never see this request; `status` is what the client hears instead. */
  async skip(status: number | null): Promise<void> {
    const { clientId, chain, grantType, tokenFingerprint } = this.#aim;
    this.#note({
      client_id: clientId,
      chain,
      grant_type: grantType,
      token_fingerprint: tokenFingerprint,
      verdict: 'failed',
      status,
      processed: false,
    });
    await this.#world.written().catch(() => {}); // nothing was issued, so the fault may go on
  }

  /** The answer noted last will not leave whole. */
  lose(): void {
    if (this.#open) this.#world.settle(this.#open, false);
    this.#open = null;
  }

  async send(answer: Answer, write: (response: ServerResponse, answer: Answer) => void = writeAnswer): Promise<void> {
    if (!this.#response.destroyed) write(this.#response, answer);
    const left = await this.over;
    if (this.#open) this.#world.settle(this.#open, left);
    this.#open = null;
  }

  /** Lets time pass. Ends early when the client has gone, the fault is deleted, or the simulator closes. */
  wait(ms: number): Promise<void> {
    return this.#world.holds.wait(this.fault?.id ?? '', ms, this.over);
  }

  #note(told: Pick<JournalEntry, 'verdict' | 'status' | 'processed'> & Partial<JournalEntry>): void {
    const { method, path, site } = this.#incoming;
    const clientId = told.client_id ?? null;
    const entry = {
      at: new Date(this.#world.now(clientId)).toISOString(),
      site,
      method,
      path,
      client_id: clientId,
      user_id: null,
      chain: null,
      generation: null,
      grant_type: null,
      token_fingerprint: null,
      issued_fingerprint: null,
      persona: null,
      rule: null,
      repeated: this.#aim.repeated,
      fault: this.fault && {
        id: this.fault.id,
        kind: this.fault.kind,
        when: typeof this.fault.details['when'] === 'string' ? this.fault.details['when'] : null,
      },
      delivered: null,
      ...told,
    };
    this.#open = this.#world.note(entry, { tokenCall: this.#aim.endpoints.includes('token') });
  }
}

/** Counted down as soon as it is taken, so two requests at once never share one. */
function takeFault(world: World, aim: Aim): Fault | null {
  const fault = findFault(world.ledger.faults.values(), aim);
  if (fault === undefined) return null;
  world.ledger.faults.set(fault.id, { ...fault, timesLeft: fault.timesLeft - 1 });
  world.changed();
  return fault;
}
