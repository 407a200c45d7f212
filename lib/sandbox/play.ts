import { z } from 'zod';
import { audit } from '../audit/index.ts';
import { inTenant } from '../db/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { AppError } from '../kernel/errors.ts';
import { simulatorFor } from '../providers/index.ts';
import { listRegistrations, type RegistrationView, readRegistration } from '../tenancy/index.ts';
import { command } from './control.ts';

const policies = ['legacy', 'overlap', 'single'] as const;
type Policy = (typeof policies)[number];

/** Faults worth a press in the console; the whole set is at the simulator's own control API. */
const faults = {
  answer_lost: { endpoint: 'token', kind: 'reset', when: 'after' },
  answer_cut: { endpoint: 'token', kind: 'cut', at: 60 },
  maintenance: { endpoint: 'token', kind: 'maintenance', when: 'before' },
  too_many: { endpoint: 'token', kind: 'status', status: 429, when: 'before' },
} as const;
const faultNames = Object.keys(faults) as (keyof typeof faults)[];

/** What a member can choose for a simulated app: how its tokens die, how the next visit goes, what goes wrong next. */
export const PlayInput = z.strictObject({
  policy: z.enum(policies).optional(),
  persona: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .nullable()
    .optional(),
  fault: z.enum(faultNames).optional(),
});

const Overview = z.object({
  clients: z.array(z.object({ client_id: z.string(), site: z.string(), policy: z.enum(policies), now: z.string() })),
  counters: z.object({
    clients: z.array(
      z.object({
        client_id: z.string().nullable(),
        token_calls: z.number(),
        short_gaps: z.number(),
        spent_twice: z.object({ answered: z.number(), refused: z.number() }),
        answers_lost: z.number(),
        max_live_tokens: z.number(),
      }),
    ),
  }),
});
const Personas = z.object({
  personas: z.array(z.object({ id: z.string(), title: z.string(), sentence: z.string() })),
  set: z.array(z.object({ client_id: z.string(), persona: z.string(), times: z.number().nullable() })),
});
const Requests = z.object({
  requests: z.array(
    z.object({
      seq: z.number(),
      at: z.string(),
      method: z.string(),
      path: z.string(),
      client_id: z.string().nullable(),
      chain: z.string().nullable(),
      generation: z.number().nullable(),
      grant_type: z.string().nullable(),
      verdict: z.string(),
      rule: z.string().nullable(),
      status: z.number().nullable(),
      fault: z.object({ kind: z.string() }).nullable(),
    }),
  ),
});

export type PlayedRequest = {
  seq: number;
  at: Date;
  appName: string;
  what: string;
  chain: string | null;
  generation: number | null;
  verdict: string;
  rule: string | null;
  status: number | null;
  fault: string | null;
};
export type PlayedApp = {
  registrationId: string;
  name: string;
  clientId: string;
  site: string;
  policy: Policy;
  persona: string | null;
  counts: { tokenCalls: number; shortGaps: number; spentTwice: number; answersLost: number; mostLiveTokens: number };
};
export type SandboxPlay = {
  apps: PlayedApp[];
  personas: { id: string; title: string; sentence: string }[];
  faults: readonly string[];
  requests: PlayedRequest[];
};

const shown = 40;
const endpointNames: Record<string, string> = {
  '/api/oauth2/auth': 'Authorize',
  '/__login': 'Sign-in',
  '/__consent': 'Consent',
  '/api/v1/current/Me': 'Who am I',
};
const nameOf = ({ path, grant_type }: { path: string; grant_type: string | null }): string => {
  if (path === '/api/oauth2/token') return grant_type === 'refresh_token' ? 'Refresh' : 'Code exchange';
  return endpointNames[path] ?? (path.endsWith('/system/Divisions') ? 'Which companies' : path);
};

/** All sites of our simulator share one memory, so one of its addresses answers for all; null where none of ours runs. */
const originFor = (registrations: readonly RegistrationView[]): string | null =>
  registrations.map(({ site }) => simulatorFor(site)).find((origin) => origin !== null) ?? null;

async function requestsOf(origin: string, apps: readonly RegistrationView[]): Promise<PlayedRequest[]> {
  const names = new Map(apps.map(({ clientId, name }) => [clientId, name]));
  const lists = await Promise.all(
    [...names.keys()].map((id) =>
      command(origin, 'GET', `/requests?client_id=${encodeURIComponent(id)}&limit=${shown}`),
    ),
  );
  return lists
    .flatMap((list) => Requests.parse(list).requests)
    .sort((a, b) => b.seq - a.seq)
    .slice(0, shown)
    .map(({ at, path, method: _, client_id, grant_type, fault, ...rest }) => ({
      ...rest,
      at: new Date(at),
      appName: names.get(client_id ?? '') ?? '',
      what: nameOf({ path, grant_type }),
      fault: fault?.kind ?? null,
    }));
}

/**
 * What the simulated Exact Online of a sandbox is set to, and what it saw of this sandbox's apps; nothing of anyone
 * else's. Null where an operator put something else in its place, or there is no app yet. Throws provider_unavailable.
 */
export async function readPlay(ctx: Ctx): Promise<SandboxPlay | null> {
  if (!ctx.sandbox) throw new AppError('sandbox_only', 'Only a sandbox has a simulated Exact Online.');
  const registrations = await listRegistrations(ctx);
  const origin = originFor(registrations);
  if (!origin) return null;
  const overview = Overview.parse(await command(origin, 'GET', ''));
  const people = Personas.parse(await command(origin, 'GET', '/personas'));
  const apps = registrations.flatMap(({ id, name, clientId, site }): PlayedApp[] => {
    const client = overview.clients.find((each) => each.client_id === clientId && each.site === site);
    const counted = overview.counters.clients.find((each) => each.client_id === clientId);
    if (!client) return [];
    return [
      {
        registrationId: id,
        name,
        clientId,
        site,
        policy: client.policy,
        persona: people.set.find((each) => each.client_id === clientId)?.persona ?? null,
        counts: {
          tokenCalls: counted?.token_calls ?? 0,
          shortGaps: counted?.short_gaps ?? 0,
          spentTwice: (counted?.spent_twice.answered ?? 0) + (counted?.spent_twice.refused ?? 0),
          answersLost: counted?.answers_lost ?? 0,
          mostLiveTokens: counted?.max_live_tokens ?? 0,
        },
      },
    ];
  });
  return { apps, personas: people.personas, faults: faultNames, requests: await requestsOf(origin, registrations) };
}

/** Sets how the simulated Exact Online treats one app of this sandbox. Throws not_found for another partner's app. */
export async function setPlay(ctx: Ctx, registrationId: string, input: z.infer<typeof PlayInput>): Promise<void> {
  if (!ctx.sandbox) throw new AppError('sandbox_only', 'Only a sandbox has a simulated Exact Online.');
  const { clientId, site } = await inTenant(ctx.partnerId, (tx) => readRegistration(tx, ctx, registrationId));
  const origin = simulatorFor(site);
  if (!origin) throw new AppError('provider_unavailable', 'This sandbox does not run on our simulator.');
  const client = { client_id: clientId };
  if (input.policy) await command(origin, 'POST', '/policy', { ...client, policy: input.policy });
  if (input.persona !== undefined) await command(origin, 'POST', '/personas', { ...client, persona: input.persona });
  if (input.fault) await command(origin, 'POST', '/faults', { ...client, ...faults[input.fault], times: 1 });
  await inTenant(ctx.partnerId, (tx) =>
    audit(
      tx,
      ctx,
      'sandbox.played',
      {},
      {
        registration_id: registrationId,
        policy: input.policy ?? null,
        persona: input.persona ?? null,
        fault: input.fault ?? null,
      },
    ),
  );
}
