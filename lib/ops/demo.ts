import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { parseConfig, useConfig } from '../config/index.ts';
import { connectDatabase, disconnectDatabase, inTenant } from '../db/index.ts';
import { closeQueue } from '../jobs/index.ts';
import type { Ctx } from '../kernel/ctx.ts';
import { isId } from '../kernel/ids.ts';
import { originOf } from '../providers/index.ts';
import { shareWithSimulator } from '../sandbox/index.ts';
import {
  addMember,
  createApiKey,
  createPartner,
  createRegistration,
  openCtx,
  redirectUriOf,
} from '../tenancy/index.ts';
import { connectByRobot } from './customer-robot.ts';
import type { DataDir } from './data-dir.ts';

/** What scripts outside find in `demo.json` (design §7). */
const DemoFile = z.object({
  baseUrl: z.string(),
  partnerId: z.string(),
  apiKey: z.string(),
  memberEmail: z.string(),
  clientRegistrationId: z.string(),
});
type DemoFile = z.infer<typeof DemoFile>;

/** The demo's app at the simulated Exact Online. It exists nowhere else, so it may be known. */
const demoClient = { client_id: 'b1e7c0de-5ea1-4ed0-8a11-0c0ffee0d311', client_secret: 'simulated-only' };
const memberEmail = 'sanne@brightledger.example';
const theme = {
  displayName: 'Brightledger',
  accent: '#0f5f56',
  radius: 'soft',
  font: 'humanist',
  logoUrl: null,
  purpose: {
    en: 'Brightledger turns your bookkeeping into live dashboards. To do that it reads your Exact Online administration.',
    nl: 'Brightledger maakt van uw boekhouding actuele dashboards. Daarvoor leest het uw Exact Online-administratie.',
    de: 'Brightledger macht aus Ihrer Buchhaltung aktuelle Dashboards. Dazu liest es Ihre Verwaltung in Exact Online.',
    fr: 'Brightledger transforme votre comptabilité en tableaux de bord à jour. Pour cela, il lit votre administration Exact Online.',
    es: 'Brightledger convierte su contabilidad en cuadros de mando al día. Para ello lee su administración de Exact Online.',
  },
  supportEmail: 'help@brightledger.example',
  supportUrl: null,
  privacyUrl: 'https://brightledger.example/privacy',
  termsUrl: 'https://brightledger.example/terms',
};

type Demo = { env: Record<string, string>; data: DataDir; publicUrl: string };

async function findDemo(data: DataDir): Promise<DemoFile | null> {
  const file = data.file('demo.json');
  const parsed = existsSync(file) ? DemoFile.safeParse(JSON.parse(readFileSync(file, 'utf8'))) : null;
  if (!parsed?.success || !isId('partner', parsed.data.partnerId)) return null;
  const ctx = await openCtx(parsed.data.partnerId, { kind: 'system', id: 'demo' });
  return ctx ? parsed.data : null; // the file of another database is of no use
}

/** A live partner and its sandbox twin; the demo lives in the twin, whose providers are simulated and whose clock moves. */
async function createDemo(publicUrl: string): Promise<{ demo: DemoFile; ctx: Ctx }> {
  const live = await createPartner({ name: 'Brightledger', theme, operator: 'demo' });
  const partnerId = await createPartner({ name: 'Brightledger', theme, sandboxOf: live, operator: 'demo' });
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'demo' });
  if (!ctx) throw new Error('the demo partner is not there');
  // The twin first: whoever is in several places lands in the one they joined first, and the demo's customers are there.
  const member = { email: memberEmail, name: 'Sanne Mulder', role: 'admin' } as const;
  await addMember(ctx, member);
  const liveCtx = await openCtx(live, { kind: 'system', id: 'demo' });
  if (liveCtx) await addMember(liveCtx, member);
  const { key } = await createApiKey(ctx, 'Demo key');
  const registration = await createRegistration(ctx, {
    name: 'Brightledger for Exact Online',
    site: 'nl',
    preflight: true,
    pkce: true,
    ...demoClient,
  });
  return {
    demo: { baseUrl: publicUrl, partnerId, apiKey: key.reveal(), memberEmail, clientRegistrationId: registration.id },
    ctx,
  };
}

/** The address may have changed since the last start (another PORT): the demo's app follows, as a partner would edit it at Exact. */
async function followAddress(ctx: Ctx, registrationId: string): Promise<void> {
  await inTenant(ctx.partnerId, (tx) =>
    tx.clientRegistration.updateMany({
      where: { partnerId: ctx.partnerId, id: registrationId },
      data: { redirectUri: redirectUriOf(registrationId) },
    }),
  );
  await shareWithSimulator(ctx, registrationId);
}

/** An operator's stand-in may be a simulator of ours on another port; one that is not simply has no such address. */
async function introduceToStandIn(redirectUri: string): Promise<void> {
  const body = JSON.stringify({
    ...demoClient,
    redirect_uri: redirectUri,
    site: 'nl',
    name: 'Brightledger for Exact Online',
  });
  await fetch(`${originOf('nl', true)}/__control/clients`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(3000),
  }).catch(() => null);
}

/** Three customers in different states, made by walking the product's own pages and API. */
async function playStory(demo: DemoFile): Promise<void> {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${demo.baseUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${demo.apiKey}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path.replace(/\/[a-z]{3}_\w+/, '/…')} answered ${answer.status}`);
    return (await answer.json()) as T;
  };
  const invite = (customer: object, channel: string) =>
    call<{ url: string; connection_id: string }>('POST', '/invitations', {
      customer,
      client_registration_id: demo.clientRegistrationId,
      channel,
    });

  const bakery = await invite(
    { name: 'Bakkerij De Korenaar', email: 'jan@korenaar.example', external_id: 'K-1001', locale: 'nl' },
    'redirect',
  );
  const bikes = await invite(
    { name: 'Fietsen De Vries', email: 'sanne@fietsendevries.example', external_id: 'K-1002', locale: 'nl' },
    'redirect',
  );
  await connectByRobot({ link: bakery.url, user: 'j.jansen' });
  await connectByRobot({ link: bikes.url, user: 's.devries' });
  await call('POST', '/sandbox/advance', { seconds: 2 * 86_400 });
  const handoff = await call<{ id: string }>('POST', `/connections/${bakery.connection_id}/handoffs`, {
    target: 'invantive-cloud',
  });
  await call('POST', `/handoffs/${handoff.id}/redeem`, {});
  await call('POST', `/handoffs/${handoff.id}/confirm`, { outcome: 'accepted' });
  await call('POST', '/sandbox/advance', { seconds: 7 * 86_400 });
  await invite(
    { name: 'Kapsalon Bakker', email: 'kim@kapsalonbakker.example', external_id: 'K-1003', locale: 'nl' },
    'mail',
  );
}

/** Fills an empty instance with a partner to try, or finds the one it has; writes `demo.json`. */
export async function seedDemo({ env, data, publicUrl }: Demo): Promise<void> {
  useConfig(parseConfig({ ...process.env, ...env }));
  connectDatabase(env['DATABASE_URL'] ?? '');
  try {
    const found = await findDemo(data);
    const { demo, ctx } = found
      ? { demo: { ...found, baseUrl: publicUrl }, ctx: await openCtx(found.partnerId, { kind: 'system', id: 'demo' }) }
      : await createDemo(publicUrl);
    if (ctx) await followAddress(ctx, demo.clientRegistrationId);
    if (process.env['EXACT_ONLINE_ORIGINS']) await introduceToStandIn(redirectUriOf(demo.clientRegistrationId));
    writeFileSync(data.file('demo.json'), `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
    if (found) return;
    await playStory(demo).catch((error: unknown) => {
      process.stderr.write(
        `The demo's customers are not all there (${error instanceof Error ? error.message : 'unknown reason'}); everything else works.\n`,
      );
    });
  } finally {
    await closeQueue();
    await disconnectDatabase();
  }
}
