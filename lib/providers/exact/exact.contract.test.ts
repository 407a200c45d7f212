import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../http/index.ts';
import { Secret } from '../../kernel/secret.ts';
import { POLICIES, type RunningSimulator, startSimulator } from '../../simulator/index.ts';
import { consentByRobot } from '../../simulator/testing/consent-robot.ts';
import type { Registration, TokenOutcome } from '../provider.ts';
import { exactOnline } from './index.ts';

/** The adapter's reading of the protocol against the simulator's: they meet over HTTP only. */

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0 });
});
afterAll(() => simulator.close());

const control = (path: string, body: object, method = 'POST') =>
  fetch(`${simulator.origins.nl}/__control/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function aClient(site: Registration['site'] = 'nl'): Promise<Registration> {
  const registration = {
    site,
    clientId: randomUUID(),
    clientSecret: new Secret(`s-${randomUUID()}`),
    redirectUri: `http://localhost:3999/oauth/exact-online/clr_${randomUUID().slice(0, 8)}/callback?a=1&b=%2F`,
  };
  await control(
    'clients',
    {
      client_id: registration.clientId,
      client_secret: registration.clientSecret.reveal(),
      redirect_uri: registration.redirectUri,
      site,
      name: 'Contract',
    },
    'PUT',
  );
  return registration;
}

const dial = (request: Parameters<typeof send>[0]) => send(request, Object.values(simulator.origins));

async function codeFor(registration: Registration, user = 's.devries'): Promise<string> {
  const authorizeUrl = exactOnline.authorizeUrl(simulator.origins[registration.site], registration, {
    state: 's',
    codeChallenge: 'c',
    forceLogin: true,
  });
  return new URL(await consentByRobot({ authorizeUrl, user })).searchParams.get('code') ?? '';
}

async function exchange(registration: Registration, code: string): Promise<TokenOutcome> {
  const sent = await dial(
    exactOnline.codeRequest(simulator.origins[registration.site], registration, { code, codeVerifier: null }),
  );
  if (sent.kind !== 'answered') throw new Error(sent.kind);
  return exactOnline.readTokenResponse(sent.response);
}

async function tokensOf(outcome: TokenOutcome) {
  if (outcome.kind !== 'issued') throw new Error(JSON.stringify(outcome));
  return outcome.tokens;
}

for (const policy of POLICIES) {
  describe(`under ${policy}`, () => {
    const ready = async (): Promise<Registration> => {
      const registration = await aClient();
      await control('policy', { policy, client_id: registration.clientId });
      return registration;
    };

    test('T2: a code gives a token set, once; T4: a second exchange is told that it is spent', async () => {
      const registration = await ready();
      const code = await codeFor(registration);
      expect(code).toContain('!');
      const tokens = await tokensOf(await exchange(registration, code));
      expect(tokens.accessLifetimeSeconds).toBe(600);
      expect(tokens.refreshToken.reveal()).toMatch(/^[\w-]{4}!IAAAA/);
      expect(await exchange(registration, code)).toEqual({ kind: 'refused', code: 'code_spent' });
    });

    test('T3: a code of three minutes is expired', async () => {
      const registration = await ready();
      const code = await codeFor(registration);
      await control('clock', { client_id: registration.clientId, advance_seconds: 180 });
      expect(await exchange(registration, code)).toEqual({ kind: 'refused', code: 'code_expired' });
    });

    test('T5: a code encoded twice is not one, and is still good afterwards', async () => {
      const registration = await ready();
      const code = await codeFor(registration);
      expect(await exchange(registration, encodeURIComponent(code).replace('!', '%21'))).toEqual({
        kind: 'refused',
        code: 'request_rejected',
      });
      expect((await exchange(registration, code)).kind).toBe('issued');
    });

    test('T6 and T7: another redirect URL is refused and has spent the code', async () => {
      const registration = await ready();
      const code = await codeFor(registration);
      const other = { ...registration, redirectUri: `${registration.redirectUri}/` };
      expect(await exchange(other, code)).toEqual({ kind: 'refused', code: 'request_rejected' });
      expect(await exchange(registration, code)).toEqual({ kind: 'refused', code: 'code_spent' });
    });

    test('T8 and T7: a wrong secret is the fault of the app, and has spent the code', async () => {
      const registration = await ready();
      const code = await codeFor(registration);
      const other = { ...registration, clientSecret: new Secret('wrong') };
      expect(await exchange(other, code)).toEqual({ kind: 'refused', code: 'client_rejected' });
      expect(await exchange(registration, code)).toEqual({ kind: 'refused', code: 'code_spent' });
    });

    test('T15: the older of two authorisations, exchanged last, finds its chain replaced; not so under legacy', async () => {
      const registration = await ready();
      const [older, newer] = [await codeFor(registration), await codeFor(registration)];
      expect((await exchange(registration, newer)).kind).toBe('issued');
      const last = await exchange(registration, older);
      expect(last.kind === 'refused' ? last.code : last.kind).toBe(policy === 'legacy' ? 'issued' : 'chain_replaced');
    });

    test('Me and Divisions say who and for which companies; R1: not any more after ten minutes', async () => {
      const registration = await ready();
      const { accessToken } = await tokensOf(await exchange(registration, await codeFor(registration)));
      const ask = async (request: Parameters<typeof send>[0]) => {
        const sent = await dial(request);
        if (sent.kind !== 'answered') throw new Error(sent.kind);
        return sent.response;
      };
      const token = accessToken ?? new Secret('');
      const whoami = exactOnline.identityRequest(simulator.origins.nl, token);
      const me = exactOnline.readIdentity(await ask(whoami));
      expect(me).toEqual({
        user: {
          id: '5c1f0000-0000-4000-8000-000000000002',
          userName: 's.devries',
          fullName: 'Sanne de Vries',
          email: 'sanne@example.test',
        },
        current: { code: 1240118, customer: expect.any(String) },
      });
      const list = exactOnline.divisionsRequest(simulator.origins.nl, token, me?.current.code ?? 0);
      expect(exactOnline.readDivisions(await ask(list))).toEqual([
        { code: 1240118, name: 'Fietsen De Vries B.V.', customer: 'Fietsen De Vries B.V.', current: true },
        { code: 1240119, name: 'Fietsverhuur Texel B.V.', customer: 'Fietsen De Vries B.V.', current: false },
      ]);
      await control('clock', { client_id: registration.clientId, advance_seconds: 600 });
      expect(exactOnline.readIdentity(await ask(whoami))).toBeNull();
      expect(exactOnline.readDivisions(await ask(list))).toBeNull();
    });
  });
}

test('A1: a client of one site does not exist on another', async () => {
  const registration = await aClient('be');
  await expect(codeFor({ ...registration, site: 'nl' })).rejects.toThrow(/not found/);
  expect((await exchange(registration, await codeFor(registration, 'l.peeters'))).kind).toBe('issued');
});

test('A8 and A11: a denial comes back as an error with the state it left with', async () => {
  const registration = await aClient();
  const authorizeUrl = exactOnline.authorizeUrl(simulator.origins.nl, registration, {
    state: 'a b+c&d=é',
    codeChallenge: null,
    forceLogin: false,
  });
  const back = new URL(await consentByRobot({ authorizeUrl, user: 'j.jansen', decision: 'deny' })).searchParams;
  expect([back.get('error'), back.get('state'), back.get('code')]).toEqual(['access_denied', 'a b+c&d=é', null]);
});
