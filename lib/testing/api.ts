import { contracts } from '../api/contracts.ts';
import { operations } from '../api/index.ts';

export type OperationId = keyof typeof contracts;

export type Asking = {
  key?: string | null;
  id?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: BodyInit;
  query?: string;
  idempotencyKey?: string;
  headers?: Record<string, string>;
};

export type Answered = { status: number; text: string; headers: Headers; json: Record<string, unknown> };

/** One request to the API, handled by the operation itself, as the route would. */
export async function call(operation: OperationId, asking: Asking = {}): Promise<Answered> {
  const { key = null, id, body, raw, query = '', idempotencyKey, headers = {} } = asking;
  const contract = contracts[operation];
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const request = new Request(`http://localhost:3999/api/v1${contract.path.replace('{id}', 'x')}${query}`, {
    method: contract.method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      ...headers,
    },
    ...(contract.method === 'POST' && payload !== undefined ? { body: payload, duplex: 'half' } : {}),
  });
  const answer = await operations[operation](request, { params: Promise.resolve(id === undefined ? {} : { id }) });
  const text = await answer.text();
  return { status: answer.status, text, headers: answer.headers, json: JSON.parse(text) };
}
