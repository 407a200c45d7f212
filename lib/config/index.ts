import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { StartError } from '../kernel/errors.ts';
import { mac } from '../kernel/hash.ts';
import { Secret } from '../kernel/secret.ts';

export const sites = ['nl', 'be', 'de', 'fr', 'es', 'uk', 'us'] as const;
export type Site = (typeof sites)[number];

const isLoopback = (host: string) => ['localhost', '127.0.0.1', '[::1]'].includes(host);

/** An origin that may be dialled in place of a provider's own: https anywhere, plain http on this machine only. */
const Origin = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ''), {
    error: 'must be an origin',
    abort: true,
  })
  .refine((text) => {
    const url = new URL(text);
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  }, 'must be https, or http on this machine')
  .transform((text) => text.replace(/\/$/, ''));

const Origins = z
  .string()
  .transform((text, ctx) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      ctx.addIssue('must be JSON such as {"nl":"http://127.0.0.1:4010"}');
      return z.NEVER;
    }
  })
  .pipe(z.partialRecord(z.enum(sites), Origin));

const OriginList = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .pipe(z.array(Origin));

const PublicUrl = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ''), {
    error: 'must be an origin such as https://connect.example',
    abort: true,
  })
  .refine((text) => {
    const url = new URL(text);
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  }, 'must be https: plain http is only accepted on this machine, because cookies and callbacks carry grants')
  .transform((text) => new URL(text).origin);

const Env = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  PUBLIC_URL: PublicUrl,
  WAXSEAL_ROOT_KEY_FILE: z.string().min(1),
  WAXSEAL_OLD_ROOT_KEY_FILES: z.string().default(''),
  WAXSEAL_SESSION_SECRET_FILE: z.string().min(1),
  WAXSEAL_SIMULATOR_ORIGINS: Origins.optional(),
  EXACT_ONLINE_ORIGINS: Origins.optional(),
  WAXSEAL_PUSH_ORIGINS: OriginList.default([]),
  WAXSEAL_MAIL_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  WAXSEAL_MAIL_FROM: z.string().max(200).default('Waxseal <no-reply@waxseal.example>'),
  WAXSEAL_MAILBOX_DIR: z.string().optional(),
  WAXSEAL_SPOOL_DIR: z.string().optional(),
  WAXSEAL_ANCHOR_DIR: z.string().optional(),
  WAXSEAL_DEMO: z.enum(['0', '1']).default('0'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type Config = {
  databaseUrl: string;
  publicUrl: string;
  demo: boolean;
  /** Where sealed answers wait while the database is away; null for nowhere. */
  spoolDir: string | null;
  /** Where the journals are that a restored database is compared with; null for nowhere. */
  anchorDir: string | null;
  logLevel: string;
  rootKey: Secret<Uint8Array>;
  /** Root keys of before, which still unwrap while a change is under way. */
  oldRootKeys: Secret<Uint8Array>[];
  sessionSecret: Secret<string>;
  /** Origins an operator put in a provider's place, site by site; empty for none. */
  exactOnlineOrigins: Partial<Record<Site, string>>;
  /** Where our own simulator listens, for sandbox partners. */
  simulatorOrigins: Partial<Record<Site, string>>;
  /** Origins that handoffs may be pushed to although they are not at port 443 of a public address. */
  pushOrigins: string[];
  mail:
    | { kind: 'smtp'; url: Secret<string>; from: string }
    | { kind: 'mailbox'; folder: string; from: string }
    | { kind: 'none' };
};

/** A root key's name: a one-way value of its bytes, so that a file says by itself which key it is. */
export const rootKeyIdOf = (key: Secret<Uint8Array>): string => `rk_${mac(key.reveal(), 'root key id').slice(0, 16)}`;

/** A root key that others of this machine may read is theirs too. */
function refuseOpenFile(file: string): void {
  if (process.platform === 'win32' || (statSync(file).mode & 0o077) === 0) return; // Windows has no such bits
  throw new StartError(`The root key ${file} can be read by others than its owner; run "chmod 600 ${file}".`);
}

/** 32 bytes, base64, in a file of their own. Throws StartError that names the file and what to do. */
function readRootKey(file: string, variable: string): Secret<Uint8Array> {
  const text = readSecretFile(file, variable);
  refuseOpenFile(file);
  const bytes = Buffer.from(text, 'base64');
  // A pass phrase decodes to something, too; only what encodes back to itself was meant as base64.
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) {
    throw new StartError(`The root key in ${file} is not base64; make one with "openssl rand -base64 32".`);
  }
  if (bytes.length !== 32) {
    throw new StartError(
      `The root key in ${file} is ${bytes.length} bytes long instead of 32; make one with "openssl rand -base64 32".`,
    );
  }
  return new Secret(new Uint8Array(bytes));
}

function readSecretFile(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new StartError(
      `The key file ${file} cannot be read; point ${variable} at a file that this process may read.`,
      error,
    );
  }
}

/** Reads the environment once and means it (style §3.14). Throws StartError with one sentence. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  // Set to nothing is not set: shells and compose files have no other way to say it.
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Env.safeParse(env);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new StartError(
      `The setting ${issue?.path.join('.') ?? ''} ${env[String(issue?.path[0])] ? 'is not usable' : 'is missing'}: ${issue?.message}.`,
    );
  }
  const e = parsed.data;
  const sessionSecret = readSecretFile(e.WAXSEAL_SESSION_SECRET_FILE, 'WAXSEAL_SESSION_SECRET_FILE');
  if (sessionSecret.length < 32)
    throw new StartError(
      `The session secret in ${e.WAXSEAL_SESSION_SECRET_FILE} is shorter than 32 characters; make one with "openssl rand -base64 48".`,
    );
  return {
    databaseUrl: e.DATABASE_URL,
    publicUrl: e.PUBLIC_URL,
    demo: e.WAXSEAL_DEMO === '1',
    spoolDir: e.WAXSEAL_SPOOL_DIR ?? null,
    anchorDir: e.WAXSEAL_ANCHOR_DIR ?? null,
    logLevel: e.LOG_LEVEL,
    rootKey: readRootKey(e.WAXSEAL_ROOT_KEY_FILE, 'WAXSEAL_ROOT_KEY_FILE'),
    oldRootKeys: e.WAXSEAL_OLD_ROOT_KEY_FILES.split(',')
      .map((file) => file.trim())
      .filter(Boolean)
      .map((file) => readRootKey(file, 'WAXSEAL_OLD_ROOT_KEY_FILES')),
    sessionSecret: new Secret(sessionSecret),
    exactOnlineOrigins: e.EXACT_ONLINE_ORIGINS ?? {},
    simulatorOrigins: e.WAXSEAL_SIMULATOR_ORIGINS ?? {},
    pushOrigins: e.WAXSEAL_PUSH_ORIGINS,
    mail: e.WAXSEAL_MAIL_URL
      ? { kind: 'smtp', url: new Secret(e.WAXSEAL_MAIL_URL), from: e.WAXSEAL_MAIL_FROM }
      : e.WAXSEAL_MAILBOX_DIR
        ? { kind: 'mailbox', folder: e.WAXSEAL_MAILBOX_DIR, from: e.WAXSEAL_MAIL_FROM }
        : { kind: 'none' },
  };
}

const holder = globalThis as { waxsealConfig?: Config };

/** The configuration of this process, parsed at first use. */
export function config(): Config {
  holder.waxsealConfig ??= parseConfig(process.env);
  return holder.waxsealConfig;
}

/** Gives a process (a test, a command) a configuration other than its environment's. */
export function useConfig(value: Config): void {
  holder.waxsealConfig = value;
}
