import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ThemeTokens } from '../branding/index.ts';
import { config, parseConfig, useConfig } from '../config/index.ts';
import { connectDatabase, disconnectDatabase } from '../db/index.ts';
import { StartError } from '../kernel/errors.ts';
import { addMember, createApiKey, createPartner, Email, openCtx } from '../tenancy/index.ts';

/**
 * `npm run partner -- --name "Acme" --email ann@acme.example --member "Ann Ace"`: creates a partner and its first
 * member, who then signs in at /console. The running instance's own settings are used; `npm start` leaves them in its
 * data directory. With `--sandbox` the member starts in the sandbox twin, whose Exact Online is simulated and whose clock can
 * be pushed, and an API key is one of the sandbox; without it the twin is made when somebody first goes there.
 */
const usage =
  'npm run partner -- --name "<partner>" --email <first member\'s e-mail> --member "<first member\'s name>" [--accent "#0f5f56"] [--support <e-mail>] [--api-key "<label>"] [--sandbox]';

const Flags = z.object({
  name: z.string().trim().min(1).max(80),
  email: Email,
  member: z.string().trim().min(1).max(100),
  accent: z.string().default('#1f4b7a'),
  support: Email.optional(),
  'api-key': z.string().trim().min(1).max(100).optional(),
  sandbox: z.boolean().default(false),
});

function readFlags(): z.infer<typeof Flags> {
  try {
    const { values } = parseArgs({
      options: {
        name: { type: 'string' },
        email: { type: 'string' },
        member: { type: 'string' },
        accent: { type: 'string' },
        support: { type: 'string' },
        'api-key': { type: 'string' },
        sandbox: { type: 'boolean' },
      },
    });
    return Flags.parse(values);
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? `--${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}`
        : error instanceof Error
          ? error.message
          : '';
    throw new StartError(`${why}\nUsage: ${usage}`);
  }
}

/** The settings under which the instance in this data directory runs; an outside database brings its own. */
function environment(): Record<string, string | undefined> {
  const file = path.resolve(process.env['WAXSEAL_DATA_DIR'] ?? '.waxseal', 'instance.json');
  if (
    process.env['DATABASE_URL'] &&
    process.env['WAXSEAL_ROOT_KEY_FILE'] &&
    process.env['WAXSEAL_SESSION_SECRET_FILE'] &&
    process.env['PUBLIC_URL']
  )
    return process.env;
  if (!existsSync(file))
    throw new StartError(
      'No running Waxseal was found here; run "npm start" first, in another terminal, or set WAXSEAL_DATA_DIR.',
    );
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>), ...process.env };
}

async function create(): Promise<void> {
  const flags = readFlags();
  const theme = ThemeTokens.safeParse({
    displayName: flags.name,
    accent: flags.accent,
    radius: 'soft',
    font: 'system',
    logoUrl: null,
    purpose: {
      en: `${flags.name} works with your bookkeeping and reads it from Exact Online.`,
      nl: `${flags.name} werkt met uw boekhouding en leest die uit Exact Online.`,
    },
    supportEmail: flags.support ?? flags.email,
    supportUrl: null,
    privacyUrl: null,
    termsUrl: null,
  });
  if (!theme.success)
    throw new StartError(
      `--${theme.error.issues[0]?.path[0] === 'accent' ? 'accent' : 'name'}: ${theme.error.issues[0]?.message}`,
    );
  useConfig(parseConfig(environment()));
  const { databaseUrl, publicUrl } = config();
  connectDatabase(databaseUrl);
  const named = { name: flags.name, theme: theme.data, operator: 'operator' };
  const live = await createPartner(named);
  const partnerId = flags.sandbox ? await createPartner({ ...named, sandboxOf: live }) : live;
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'operator' });
  if (!ctx) throw new StartError('The partner was not created.');
  const member = { email: flags.email, name: flags.member, role: 'admin' } as const;
  await addMember(ctx, member); // lands here; the other side is one press away
  const liveCtx = flags.sandbox ? await openCtx(live, { kind: 'system', id: 'operator' }) : null;
  if (liveCtx) await addMember(liveCtx, member);
  process.stdout.write(
    `Partner ${partnerId} is ready. ${flags.member} signs in with ${flags.email} at ${publicUrl}/console\n`,
  );
  if (flags['api-key'])
    process.stdout.write(`API key, shown this once: ${(await createApiKey(ctx, flags['api-key'])).key.reveal()}\n`);
}

try {
  await create();
} catch (error) {
  const code = (error as { code?: unknown }).code;
  const message =
    error instanceof StartError
      ? error.message
      : `The partner could not be created${typeof code === 'string' ? ` (${code})` : ''}; is the database running? Start it with "npm start".`;
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
} finally {
  await disconnectDatabase();
}
