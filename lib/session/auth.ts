import { PrismaAdapter } from '@auth/prisma-adapter';
import NextAuth, { type NextAuthOptions } from 'next-auth';
import type { Adapter } from 'next-auth/adapters';
import EmailProvider from 'next-auth/providers/email';
import { config } from '../config/index.ts';
import { pools } from '../db/index.ts';
import { wallClock } from '../kernel/clock.ts';
import { mac, sha256 } from '../kernel/hash.ts';
import { log } from '../log/index.ts';
import { sendMail, signInMail } from '../mail/index.ts';
import { membershipsOf } from '../tenancy/index.ts';

/** All of next-auth is in this file: moving on from version 4 changes nothing else. */
export const linkMinutes = 10;
export const sessionHours = 12;
export const sessionCookieName = 'waxseal-session';
const cookieNames = {
  session: `__Host-${sessionCookieName}`,
  csrf: '__Host-waxseal-auth-csrf',
  callback: '__Host-waxseal-auth-callback',
};

const hashed = (token: string) => Buffer.from(sha256(token)).toString('hex');

/** The library's adapter, with session tokens kept as hashes: the database alone opens no session. */
export function identityAdapter(): Adapter {
  const base = PrismaAdapter(pools().directory as never) as Adapter &
    Required<
      Pick<
        Adapter,
        'createSession' | 'getSessionAndUser' | 'updateSession' | 'deleteSession' | 'createVerificationToken'
      >
    >;
  return {
    ...base,
    // A session is made by a sign-in and by nothing else, so from here its freshness counts.
    createSession: async (session) => {
      const row = { ...session, sessionToken: hashed(session.sessionToken), freshAt: wallClock.now() };
      return { ...(await base.createSession(row)), sessionToken: session.sessionToken };
    },
    getSessionAndUser: (token) => base.getSessionAndUser(hashed(token)),
    updateSession: (session) => base.updateSession({ ...session, sessionToken: hashed(session.sessionToken) }),
    deleteSession: (token) => base.deleteSession(hashed(token)),
    // The newest link is the only one: asking again ends the links before it (E-3).
    createVerificationToken: async (token) => {
      await pools().directory.verificationToken.deleteMany({ where: { identifier: token.identifier } });
      return base.createVerificationToken(token);
    },
  };
}

/** Binds a mailed link to the browser that asked for it; without that browser's cookie the link is worth nothing (TH14). */
export const linkProof = (token: string, email: string, browserSecret: string): string =>
  mac(config().sessionSecret.reveal(), 'sign-in', token, email, hashed(browserSecret));

function options(browserSecret: string): NextAuthOptions {
  const cookie = (name: string) => ({
    name,
    options: { httpOnly: true, sameSite: 'lax' as const, path: '/', secure: true },
  });
  const report = (code: string) => log().warn({ code }, 'sign-in');
  return {
    adapter: identityAdapter(),
    secret: config().sessionSecret.reveal(),
    session: { strategy: 'database', maxAge: sessionHours * 3600, updateAge: sessionHours * 3600 },
    cookies: {
      sessionToken: cookie(cookieNames.session),
      csrfToken: cookie(cookieNames.csrf),
      callbackUrl: cookie(cookieNames.callback),
    },
    logger: { error: report, warn: () => {}, debug: () => {} },
    providers: [
      EmailProvider({
        server: '',
        from: '',
        maxAge: linkMinutes * 60,
        async sendVerificationRequest({ identifier, token }) {
          const query = new URLSearchParams({
            token,
            email: identifier,
            proof: linkProof(token, identifier, browserSecret),
          });
          // Written for everyone: the answer, and how long it takes, is the same either way.
          const mail = await signInMail({
            url: `${config().publicUrl}/sign-in/confirm?${query}`,
            minutes: linkMinutes,
          });
          if ((await membershipsOf(identifier)).length === 0) return;
          // Not awaited: how long a mail takes must not tell who is a member.
          sendMail({ ...mail, to: identifier }).catch((error: unknown) =>
            log().error({ err: error }, 'sign-in mail failed'),
          );
        },
      }),
    ],
  };
}

type Ask = {
  method: 'GET' | 'POST';
  path: string[];
  query?: Record<string, string>;
  cookies?: Record<string, string>;
  body?: Record<string, string>;
};
type Answer = { cookies: Map<string, string>; body: unknown };

/**
 * Calls next-auth in its request/response form, from our own routes: none of its routes is public, so its GET callback
 * (which a mail scanner would spend) cannot be reached from outside.
 */
async function ask({ method, path, query = {}, cookies = {}, body = {} }: Ask, browserSecret: string): Promise<Answer> {
  const { host, protocol } = new URL(config().publicUrl);
  const set: string[] = [];
  let sent: unknown;
  const keep = (value: unknown) => {
    sent = value;
  };
  const response = {
    status: () => response,
    getHeader: (name: string) => (name.toLowerCase() === 'set-cookie' ? set : undefined),
    setHeader(name: string, value: unknown) {
      if (name.toLowerCase() === 'set-cookie') set.splice(0, set.length, ...[value].flat().map(String));
      return response;
    },
    removeHeader: () => response,
    json: keep,
    send: keep,
    redirect: () => response,
    end: () => response,
  };
  const request = {
    method,
    query: { ...query, nextauth: path },
    cookies,
    body,
    headers: { host, 'x-forwarded-proto': protocol.slice(0, -1) },
  };
  await NextAuth(request as never, response as never, options(browserSecret));
  const pairs = set
    .map((line) => (line.split(';', 1)[0] ?? '').split('='))
    .map(([name = '', ...value]) => [name, decodeURIComponent(value.join('='))] as const);
  return { cookies: new Map(pairs), body: sent };
}

/** Asks next-auth to make a one-time link and mail it, if the address is a member's. */
export async function requestLink(email: string, browserSecret: string): Promise<void> {
  const csrf = await ask({ method: 'GET', path: ['csrf'] }, browserSecret);
  const { csrfToken } = csrf.body as { csrfToken: string };
  const body = { csrfToken, email, callbackUrl: `${config().publicUrl}/console` };
  await ask(
    { method: 'POST', path: ['signin', 'email'], cookies: Object.fromEntries(csrf.cookies), body },
    browserSecret,
  );
}

/** Spends a one-time link. The session token of the new session, or null when the link is used, old or not one of ours. */
export async function spendLink(token: string, email: string, browserSecret: string): Promise<string | null> {
  const query = { token, email, callbackUrl: `${config().publicUrl}/console` };
  const answer = await ask({ method: 'GET', path: ['callback', 'email'], query }, browserSecret);
  return answer.cookies.get(cookieNames.session) ?? null;
}
