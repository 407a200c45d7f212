import type { APIRequestContext, Browser, Page } from '@playwright/test';
import { apiOf, createPartner, signIn, simulatorUrl } from './product.ts';

/** A sandbox partner of a test's own, with one app that its Exact Online knows: what happens to either disturbs nobody. */
export type OwnPartner = {
  apiKey: string;
  name: string;
  memberEmail: string;
  registrationId: string;
  clientId: string;
  redirectUri: string;
};
export type Invited = { id: string; url: string; connection_id: string };

const secret = 'scene-secret-1';

export async function aPartnerOfItsOwn(
  browser: Browser,
  name: string,
  accent: string,
  /** The redirect URL that the app has at Exact, where that is not ours. */
  elsewhere: string | null = null,
): Promise<OwnPartner> {
  const page = await (await browser.newContext()).newPage();
  const email = `own-${crypto.randomUUID()}@example.test`;
  const { apiKey } = createPartner(name, email, accent);
  const clientId = crypto.randomUUID();
  await signIn(page, email);
  const registered = await register(page, name, clientId, elsewhere);
  await page.context().close();
  return { apiKey, name, memberEmail: email, clientId, ...registered };
}

async function register(page: Page, name: string, clientId: string, elsewhere: string | null) {
  await page.goto('/console/registrations/new');
  await page.getByLabel(/^name/i).fill(`${name} app`);
  await page.getByLabel(/country|site/i).selectOption('nl');
  await page.getByLabel(/client id/i).fill(clientId);
  await page.getByLabel(/client secret/i).fill(secret);
  if (elsewhere) {
    await page.getByText('The app has another redirect URL at Exact Online').click();
    await page.getByLabel('Redirect URL registered at Exact').fill(elsewhere);
  }
  await page.getByRole('button', { name: /save|create|add/i }).click();
  await page.waitForURL(/\/console\/registrations(?!\/new)/);
  await page.goto('/console/registrations');
  const registrationId = /clr_\w+/.exec(await page.content())?.[0] ?? '';
  const redirectUri = elsewhere ?? `${new URL(page.url()).origin}/oauth/exact-online/${registrationId}/callback`;
  return { registrationId, redirectUri };
}

/** An invitation for a customer of this partner. */
export async function inviteFor(
  request: APIRequestContext,
  partner: OwnPartner,
  customer: { name: string; locale?: string; [more: string]: unknown },
  more: object = {},
): Promise<Invited> {
  const answer = await apiOf(request, partner).post('/invitations', {
    ...{ customer: { locale: 'en', ...customer }, client_registration_id: partner.registrationId },
    ...more,
  });
  return (await answer.json()) as Invited;
}

/** Tells the simulator something about this partner's app alone. */
export async function tellExact(
  { clientId }: OwnPartner,
  command: string,
  body: object,
  method: 'POST' | 'PUT' = 'POST',
): Promise<void> {
  const answer = await fetch(`${simulatorUrl}/__control/${command}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: clientId, ...body }),
  });
  if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
}

/** What Exact Online has on record of the app, changed as its owner could there; with nothing named, as it was. */
export const appBecomes = (
  partner: OwnPartner,
  changed: { client_secret?: string; redirect_uri?: string } = {},
): Promise<void> =>
  tellExact(
    partner,
    'clients',
    {
      ...{ client_secret: secret, redirect_uri: partner.redirectUri, site: 'nl', name: `${partner.name} app` },
      realm: `ptn_${partner.apiKey.split('_')[1]}`,
      ...changed,
    },
    'PUT',
  );
