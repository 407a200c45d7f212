import { z } from 'zod';
import { entries, events } from '../audit/index.ts';
import { contracts } from './contracts.ts';
import type { Contract } from './endpoint.ts';

type Json = Record<string, unknown>;
const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: openTo(io) }) as Json;
  return rest;
};
/** What we answer may have a field more tomorrow; what we are asked may not. */
const openTo =
  (io: 'input' | 'output') =>
  ({ jsonSchema }: { jsonSchema: Json }): void => {
    if (io === 'output' && jsonSchema['additionalProperties'] === false) delete jsonSchema['additionalProperties'];
  };
/** Facts by name, for a client that makes types of this document. */
const factsOf = (lists: typeof events | typeof entries, description: string): Json => ({
  type: 'object',
  description,
  properties: Object.fromEntries(
    Object.entries(lists).map(([name, { says, data }]) => [name, { description: says, ...schemaOf(data, 'output') }]),
  ),
});
const json = (schema: z.ZodType, io: 'input' | 'output') => ({
  content: { 'application/json': { schema: schemaOf(schema, io) } },
});

function parametersOf(contract: Contract): Json[] {
  const inPath = [...contract.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query = contract.query ? ((schemaOf(contract.query, 'input')['properties'] ?? {}) as Record<string, Json>) : {};
  const inQuery = Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
  const key = contract.idempotency
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: false,
          schema: { type: 'string', maxLength: 255 },
          description:
            contract.idempotency === 'verb'
              ? 'Asked again, this operation knows it by itself; of these only redeem looks at the key.'
              : 'The same key, request and API key get the same answer.',
        },
      ]
    : [];
  return [...inPath, ...inQuery, ...key];
}

/** Also what the edge says before any operation is asked. */
function problemsOf({ problems, scope, body, idempotency }: Contract): string[] {
  const keyed = idempotency === 'record' || idempotency === 'outside';
  return [
    ...new Set([
      'unauthorized',
      ...(scope ? ['forbidden'] : []),
      'invalid_request',
      ...(body ? ['too_large', 'unsupported_media_type'] : []),
      ...(keyed ? ['idempotency_key_reused', 'idempotency_in_flight'] : []),
      ...problems,
      'unavailable',
    ]),
  ];
}

function descriptionOf({ description, scope }: Contract): { description?: string } {
  const said = [description, scope && `Wants an API key with the scope ${scope}.`].filter(Boolean).join(' ');
  return said ? { description: said } : {};
}

function operationOf(contract: Contract): Json {
  const answers = Object.entries(contract.answers).map(([status, schema]) => [
    status,
    { description: contract.summary, ...json(schema as z.ZodType, 'output') },
  ]);
  return {
    operationId: contract.id,
    summary: contract.summary,
    ...descriptionOf(contract),
    parameters: parametersOf(contract),
    ...(contract.body
      ? { requestBody: { required: contract.body.safeParse({}).success === false, ...json(contract.body, 'input') } }
      : {}),
    responses: {
      ...Object.fromEntries(answers),
      default: {
        description: `A problem; codes: ${problemsOf(contract).join(', ')}.`,
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** The one address that wants no API key; its route stands apart from the operations. */
const publicKeySet: Json = {
  operationId: 'readPublishedReceiptKeys',
  summary: 'Public keys to verify receipts with (JWK set), for anyone; an id that signed nothing has an empty set.',
  security: [],
  parameters: [{ name: 'partner_id', in: 'path', required: true, schema: { type: 'string' } }],
  responses: {
    200: {
      description: 'The set; it may be kept for five minutes.',
      content: {
        'application/jwk-set+json': {
          schema: {
            type: 'object',
            required: ['keys'],
            properties: { keys: { type: 'array', items: { type: 'object' } } },
          },
        },
      },
    },
  },
};

/** The API described (OpenAPI 3.1), generated from the contracts that validate its requests. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const contract of Object.values(contracts) as Contract[]) {
    paths[contract.path] = { ...paths[contract.path], [contract.method.toLowerCase()]: operationOf(contract) };
  }
  paths['/receipt-keys/{partner_id}'] = { get: publicKeySet };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Waxseal',
      version: '1',
      description: 'Sealed custody of Exact Online grants: invite, watch the clock, hand over once.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of the partner, wxk_…' } },
      schemas: {
        EventData: factsOf(events, 'What `data` of an event holds, by its type. Fields may be added.'),
        EntryDetail: factsOf(entries, 'What `detail` of a timeline entry holds, for actions that are no event.'),
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'code', 'detail'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { type: 'string' },
            detail: { type: 'string' },
          },
        },
      },
    },
  };
}
