import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { readJson } from '../kernel/body.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError, notFound } from '../kernel/errors.ts';
import type { Secret } from '../kernel/secret.ts';
import { log } from '../log/index.ts';
import { ctxOfApiKey, type Scope } from '../tenancy/index.ts';
import { once, onceOutside } from './idempotency.ts';
import { problemOfThrown } from './problem.ts';

/** One operation: feeds validation, types and the OpenAPI document alike. */
export type Contract<
  Body extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Out extends z.ZodType = z.ZodType,
> = {
  id: string;
  method: 'GET' | 'POST';
  path: string;
  summary: string;
  /** What a caller has to know beside the fields. */
  description?: string;
  body?: Body;
  query?: Query;
  /** What the API key must be allowed to do; without it, any key of the partner may. */
  scope?: Scope;
  answers: Partial<Record<number, Out>>;
  /** `record`: deed and answer are kept together. `outside`: kept around it. `verb`: the verb repeats its answer (redeem). */
  idempotency?: 'record' | 'outside' | 'verb';
  problems: readonly string[];
};

type In<S> = S extends z.ZodType ? z.infer<S> : undefined;
export type Call<C extends Contract> = {
  ctx: Ctx;
  params: Record<string, string>;
  body: In<C['body']>;
  query: In<C['query']>;
  idempotencyKey: string | null;
};
/** A ready text instead of a value is sent as it is, byte for byte. */
export type Reply = { status: number; body: unknown } | { status: number; text: Secret<string> };

/** What is no id at all is not found like one that never was, and never reaches the database. */
const idForm = /^[a-z]{3}_[0-9a-z]{24}$/;

const baseHeaders = (requestId: string) => ({
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-request-id': requestId,
});

async function authenticate(request: Request, requestId: string, scope: Scope | undefined): Promise<Ctx> {
  const header = request.headers.get('authorization') ?? '';
  const key = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header)?.[1];
  const known = key ? await ctxOfApiKey(key, requestId) : null;
  if (!known) throw new AppError('unauthorized', 'Send an API key of your partner as "Authorization: Bearer wxk_…".');
  if (scope && !known.scopes.includes(scope))
    throw new AppError('forbidden', `This API key may not do this; it needs the scope ${scope}.`);
  return known.ctx;
}

function idempotencyKeyOf(request: Request): string | null {
  const key = request.headers.get('idempotency-key');
  if (key !== null && !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new AppError('invalid_request', 'Idempotency-Key: 1 to 255 visible characters.');
  return key;
}

function readQuery(contract: Contract, url: URL): unknown {
  const names = [...url.searchParams.keys()];
  if (new Set(names).size !== names.length) throw new AppError('invalid_request', 'A query parameter is given twice.');
  if (!contract.query) {
    if (names.length > 0)
      throw new AppError('invalid_request', `There is no query parameter ${JSON.stringify(names[0])} here.`);
    return undefined;
  }
  return contract.query.parse(Object.fromEntries(url.searchParams));
}

/**
 * The edge of the API: authenticates, validates against the contract, runs one verb, presents. No decision depends on
 * any other layer having run (TH17). `before` is what has to be done outside the transaction that keeps deed and answer; it
 * may run again for a repeated request.
 */
export function endpoint<C extends Contract>(
  contract: C,
  handle: (call: Call<C>) => Promise<Reply>,
  before: (call: Call<C>) => Promise<void> = async () => {},
) {
  return async (request: Request, route?: { params: Promise<Record<string, string>> }): Promise<Response> => {
    const requestId = randomUUID();
    try {
      const ctx = await authenticate(request, requestId, contract.scope);
      const url = new URL(request.url);
      const query = readQuery(contract, url) as In<C['query']>;
      const raw = request.method === 'GET' ? { text: '', value: undefined } : await readJson(request);
      const body = (contract.body ? contract.body.parse(raw.value) : undefined) as In<C['body']>;
      const idempotencyKey = idempotencyKeyOf(request);
      const params = (await route?.params) ?? {};
      if (params['id'] !== undefined && !idForm.test(params['id'])) throw notFound();
      const call = { ctx, params, body, query, idempotencyKey };
      await before(call);
      const run = async () => {
        const reply = await handle(call);
        return { status: reply.status, text: 'text' in reply ? reply.text.reveal() : JSON.stringify(reply.body) };
      };
      const remember = contract.idempotency === 'outside' ? onceOutside : once;
      const answer =
        contract.idempotency && contract.idempotency !== 'verb' && idempotencyKey
          ? await remember(ctx, idempotencyKey, JSON.stringify([contract.id, params, raw.text]), run)
          : await run();
      return new Response(answer.text, {
        status: answer.status,
        headers: { ...baseHeaders(requestId), 'content-type': 'application/json; charset=utf-8' },
      });
    } catch (error) {
      const { problem, unexpected } = problemOfThrown(error);
      if (unexpected) log().error({ err: error, requestId, operation: contract.id }, 'request failed');
      return new Response(JSON.stringify(problem.body), {
        status: problem.status,
        headers: {
          ...baseHeaders(requestId),
          'content-type': 'application/problem+json; charset=utf-8',
          ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
          ...(problem.status === 503 ? { 'retry-after': '5' } : {}),
          ...(problem.body['retry_after'] ? { 'retry-after': String(problem.body['retry_after']) } : {}),
        },
      });
    }
  };
}
