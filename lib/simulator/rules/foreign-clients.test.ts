import * as openid from 'openid-client';
import { AuthorizationCode } from 'simple-oauth2';
import { beforeEach, describe, expect, test } from 'vitest';
import { POLICIES } from '../core/policy.ts';
import { consentByRobot } from '../testing/consent-robot.ts';
import { APP, codeOf } from '../testing/http-client.ts';
import { aProvider, DAYS } from './provider.ts';

/*
 * Judged from outside: two OAuth clients that other people wrote, as they are, told nothing but addresses and
 * credentials. What they make of our refusals is what a developer in front of the simulator gets to read.
 */

const { origin, nl, startAnew, ruleTold } = await aProvider();

type Tokens = { readonly access: string; readonly refresh: string; readonly expiresInSeconds: number };
type ForeignClient = {
  readonly authorizeUrl: () => Promise<string>;
  /** From the address the browser came back to. */
  readonly exchange: (location: string) => Promise<Tokens>;
  readonly refresh: (refreshToken: string) => Promise<Tokens>;
  /** What a caller can read from the error it throws. */
  readonly readError: (error: unknown) => { status: number; error: string; description: string };
};

function simpleOauth2(authorizationMethod: 'header' | 'body'): ForeignClient {
  const client = new AuthorizationCode({
    client: { id: APP.client_id, secret: APP.client_secret },
    auth: { tokenHost: origin, tokenPath: '/api/oauth2/token', authorizePath: '/api/oauth2/auth' },
    options: { authorizationMethod },
  });
  const read = ({ token }: Awaited<ReturnType<typeof client.getToken>>): Tokens => ({
    access: token.access_token,
    refresh: token.refresh_token,
    expiresInSeconds: (token.expires_at.getTime() - Date.now()) / 1000,
  });
  return {
    authorizeUrl: async () => client.authorizeURL({ redirect_uri: APP.redirect_uri, state: 'st-1', scope: 'all' }),
    exchange: async (location) =>
      read(await client.getToken({ code: codeOf(location), redirect_uri: APP.redirect_uri })),
    refresh: async (refresh_token) => read(await client.createToken({ refresh_token }).refresh()),
    readError: (thrown) => {
      const { output, data } = thrown as {
        output: { statusCode: number };
        data: { payload: { error: string; error_description: string } };
      };
      return { status: output.statusCode, error: data.payload.error, description: data.payload.error_description };
    },
  };
}

function openidClient(authentication: openid.ClientAuth): ForeignClient {
  const server = {
    issuer: origin,
    authorization_endpoint: `${origin}/api/oauth2/auth`,
    token_endpoint: `${origin}/api/oauth2/token`,
  };
  const config = new openid.Configuration(server, APP.client_id, undefined, authentication);
  openid.allowInsecureRequests(config);
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const read = (told: openid.TokenEndpointResponse): Tokens => ({
    access: told.access_token,
    refresh: told.refresh_token ?? '',
    expiresInSeconds: told.expires_in ?? 0,
  });
  return {
    authorizeUrl: async () =>
      openid.buildAuthorizationUrl(config, {
        redirect_uri: APP.redirect_uri,
        state: 'st-1',
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      }).href,
    exchange: async (location) =>
      read(await openid.authorizationCodeGrant(config, new URL(location), { expectedState: 'st-1', pkceCodeVerifier })),
    refresh: async (refreshToken) => read(await openid.refreshTokenGrant(config, refreshToken)),
    readError: (thrown) => {
      if (!(thrown instanceof openid.ResponseBodyError)) throw thrown;
      return { status: thrown.status, error: thrown.error, description: thrown.error_description ?? '' };
    },
  };
}

const CLIENTS: readonly [string, ForeignClient][] = [
  ['simple-oauth2, credentials as HTTP Basic', simpleOauth2('header')],
  ['simple-oauth2, credentials in the body', simpleOauth2('body')],
  ['openid-client, credentials as HTTP Basic', openidClient(openid.ClientSecretBasic(APP.client_secret))],
  ['openid-client, credentials in the body', openidClient(openid.ClientSecretPost(APP.client_secret))],
];

describe.each(CLIENTS)('%s', (_, client) => {
  const connect = async () =>
    client.exchange(await consentByRobot({ authorizeUrl: await client.authorizeUrl(), user: 'j.jansen' }));
  const errorOf = async (attempt: Promise<Tokens>) =>
    client.readError(
      await attempt.then(
        () => Promise.reject(new Error('no error was thrown')),
        (error) => error,
      ),
    );

  describe.each(POLICIES)('under %s', (policy) => {
    beforeEach(() => startAnew(policy));

    test('completes a consent, calls the API, and goes on refreshing for months', async () => {
      let tokens = await connect();
      for (let month = 0; month < 3; month++) {
        expect(tokens.expiresInSeconds).toBe(600);
        expect((await nl.api('current/Me', tokens.access)).status).toBe(200);
        await nl.advance(29 * DAYS);
        tokens = await client.refresh(tokens.refresh);
      }
    });

    test('surfaces a refresh that comes too early, and the token is still good', async () => {
      const { refresh } = await connect();
      expect(await errorOf(client.refresh(refresh))).toEqual({
        status: 400,
        error: 'access_denied',
        description: 'Rate limit exceeded: access_token not expired',
      });
      await nl.advance(570);
      expect((await client.refresh(refresh)).refresh).not.toBe(refresh);
    });

    test('surfaces a spent refresh token, where it is refused', async () => {
      const { refresh } = await connect();
      await nl.advance(570);
      await nl.api('current/Me', (await client.refresh(refresh)).access);
      await nl.advance(570);
      if (policy === 'legacy') return void expect((await client.refresh(refresh)).refresh).not.toBe(refresh);
      expect(await errorOf(client.refresh(refresh))).toEqual({
        status: 401,
        error: 'unauthorized_client',
        description: 'Old refresh token used.',
      });
      expect(await ruleTold()).toBe('T13');
    });

    test('surfaces a spent code', async () => {
      const location = await consentByRobot({ authorizeUrl: await client.authorizeUrl(), user: 'j.jansen' });
      await client.exchange(location);
      expect(await errorOf(client.exchange(location))).toEqual({
        status: 400,
        error: 'invalid_request',
        description: 'This message has already been processed.  This could indicate a replay attack in progress.',
      });
    });
  });
});
