import { parseArgs } from 'node:util';
import { z } from 'zod';
import { ThemeTokens } from '../branding/index.ts';
import { config } from '../config/index.ts';
import { StartError } from '../kernel/errors.ts';
import { addMember, createApiKey, createPartner, deletePartner, Email, openCtx } from '../tenancy/index.ts';
import { onInstance, operatorCtx, say } from './instance.ts';

/**
 * `npm run partner -- --name "Acme" --email ann@acme.example --member "Ann Ace"`: creates a partner and its first
 * member, who then signs in at /console. The running instance's own settings are used; `npm start` leaves them in its
 * data directory. With `--sandbox` the member starts in the sandbox twin, whose Exact Online is simulated and whose clock can
 * be pushed, and an API key is one of the sandbox; without it the twin is made when somebody first goes there.
 *
 * `npm run partner -- --delete ptn_… --confirm "Acme"`: deletes a partner and its sandbox for good.
 */
const usage =
  'npm run partner -- --name "<partner>" --email <first member\'s e-mail> --member "<first member\'s name>" [--accent "#0f5f56"] [--support <e-mail>] [--api-key "<label>"] [--sandbox]\n       npm run partner -- --delete ptn_… --confirm "<its name>"';

const Flags = z.object({
  name: z.string().trim().min(1).max(80),
  email: Email,
  member: z.string().trim().min(1).max(100),
  accent: z.string().default('#1f4b7a'),
  support: Email.optional(),
  'api-key': z.string().trim().min(1).max(100).optional(),
  sandbox: z.boolean().default(false),
});

function readFlags(): z.infer<typeof Flags> | { delete: string; confirm: string } {
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
        delete: { type: 'string' },
        confirm: { type: 'string' },
      },
    });
    const { delete: partnerId, confirm, ...made } = values;
    return partnerId === undefined ? Flags.parse(made) : { delete: partnerId, confirm: confirm ?? '' };
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

/** Says what deletion means where this database cannot reach: in its backups. */
async function remove(partnerId: string, confirm: string): Promise<void> {
  const ctx = await operatorCtx(partnerId);
  const { partnerIds, keys, rootKeyIds } = await deletePartner(ctx, confirm);
  const wrappedBy = rootKeyIds.join(', ') || 'no root key';
  say(`Deleted ${partnerIds.join(' and ')}: ${keys} keys destroyed, so nothing sealed for it can be opened again.`);
  say(
    `Backups from before still hold these keys, wrapped by ${wrappedBy}. They become unreadable with that root key: make a new one, start with it, run "npm run keys -- rotate-root", and destroy every copy of the old file once no backup of before is needed.`,
  );
}

async function create(flags: z.infer<typeof Flags>): Promise<void> {
  const theme = ThemeTokens.safeParse({
    displayName: flags.name,
    accent: flags.accent,
    radius: 'soft',
    font: 'system',
    logoUrl: null,
    purpose: {
      en: `${flags.name} works with your bookkeeping and reads it from Exact Online.`,
      nl: `${flags.name} werkt met uw boekhouding en leest die uit Exact Online.`,
      de: `${flags.name} arbeitet mit Ihrer Buchhaltung und liest sie aus Exact Online.`,
      fr: `${flags.name} travaille avec votre comptabilité et la lit dans Exact Online.`,
      es: `${flags.name} trabaja con su contabilidad y la lee de Exact Online.`,
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
  const { publicUrl } = config();
  const named = { name: flags.name, theme: theme.data, operator: 'operator' };
  const live = await createPartner(named);
  const partnerId = flags.sandbox ? await createPartner({ ...named, sandboxOf: live }) : live;
  const ctx = await openCtx(partnerId, { kind: 'system', id: 'operator' });
  if (!ctx) throw new StartError('The partner was not created.');
  const member = { email: flags.email, name: flags.member, role: 'admin' } as const;
  await addMember(ctx, member); // lands here; the other side is one press away
  const liveCtx = flags.sandbox ? await openCtx(live, { kind: 'system', id: 'operator' }) : null;
  if (liveCtx) await addMember(liveCtx, member);
  say(`Partner ${partnerId} is ready. ${flags.member} signs in with ${flags.email} at ${publicUrl}/console`);
  if (flags['api-key']) say(`API key, shown this once: ${(await createApiKey(ctx, flags['api-key'])).key.reveal()}`);
}

await onInstance('The partner could not be created or deleted', () => {
  const flags = readFlags();
  return () => ('delete' in flags ? remove(flags.delete, flags.confirm) : create(flags));
});
