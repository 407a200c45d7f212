import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Recorder } from './recorder.ts';
import type { Machine, Tenant } from './tenants.ts';

export type Answer = { status: number; text: string };
export type Request = {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  key?: string;
  /** Hangs up after so many milliseconds, so that the answer may be lost. */
  hangUpMs?: number;
};

/** One partner's way to the API, through the front door. Every answer is looked through. */
export class Api {
  readonly #url: string;
  readonly #recorder: Recorder;
  readonly tenant: Tenant;
  readonly #machine: Machine;

  constructor(url: string, recorder: Recorder, tenant: Tenant, machine: Machine) {
    this.#url = url;
    this.#recorder = recorder;
    this.tenant = tenant;
    this.#machine = machine;
  }

  get machineId(): string {
    return this.#machine.id;
  }

  /** One try. Null: no answer was heard, so what was asked for may or may not have happened. */
  async ask(request: Request): Promise<Answer | null> {
    const { method, path, body, key, hangUpMs = 25_000 } = request;
    try {
      const answer = await fetch(`${this.#url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#machine.key}`,
          ...(key ? { 'idempotency-key': key } : {}),
          ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        },
        ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
        signal: AbortSignal.timeout(hangUpMs),
      });
      const text = await answer.text();
      const isBundle = path.endsWith('/redeem') && answer.status === 200;
      this.#recorder.look(text, {
        where: `an API answer (${answer.status}, ${path
          .split('/')
          .at(-1)
          ?.replace(/^[a-z]{3}_.*/, 'one')})`,
        viewer: this.tenant.partnerId,
        ...(isBundle ? { allowed: 'bundle' as const } : {}),
      });
      return { status: answer.status, text };
    } catch {
      return null;
    }
  }

  /** Asks until there is an answer that decides, as a patient machine does; the key makes it safe. Null after a minute. */
  async insist(request: Request): Promise<Answer | null> {
    const patient = { ...request, ...(request.method === 'POST' ? { key: request.key ?? randomUUID() } : {}) };
    for (const end = performance.now() + 60_000; performance.now() < end; await wait(250)) {
      const answer = await this.ask(patient);
      if (answer && answer.status < 500 && codeOf(answer) !== 'idempotency_in_flight') return answer;
    }
    return null;
  }

  async read<T>(path: string): Promise<T | null> {
    const answer = await this.insist({ method: 'GET', path });
    return answer?.status === 200 ? (JSON.parse(answer.text) as T) : null;
  }
}

/** The stable code of a problem, or of nothing. */
export function codeOf({ text }: Answer): string {
  try {
    const { code, type } = JSON.parse(text) as { code?: string; type?: string };
    return code ?? type?.split('/').at(-1) ?? '';
  } catch {
    return '';
  }
}
