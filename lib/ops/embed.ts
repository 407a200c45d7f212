import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { embedVersion } from '../embed/index.ts';

/**
 * `npm run embed`: builds the embed script and publishes it under its version, with its integrity value. A version that
 * was published is never written again with other bytes: raise `lib/embed/version.ts`.
 */

const folder = 'lib/embed/published';
const list = `${folder}/versions.json`;

/** The script as browsers get it: one statement, minified, named by its version. */
export async function buildEmbed(): Promise<string> {
  const build = await rolldown({ input: 'lib/embed/embed.ts', logLevel: 'silent' });
  try {
    const { output } = await build.generate({ format: 'iife', minify: true, comments: false });
    return `/* Waxseal ${embedVersion} */\n${output[0].code.trim()}\n`;
  } finally {
    await build.close();
  }
}

/** As it stands in an integrity attribute. */
const integrityOf = (code: string): string => `sha384-${createHash('sha384').update(code).digest('base64')}`;

async function publish(): Promise<void> {
  const versions = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Record<string, string>) : {};
  const code = await buildEmbed();
  const integrity = integrityOf(code);
  const before = versions[embedVersion];
  if (before && before !== integrity)
    throw new Error(`${embedVersion} is published with other bytes; raise the version.`);
  writeFileSync(`${folder}/v${embedVersion}.js`, code);
  writeFileSync(list, `${JSON.stringify({ ...versions, [embedVersion]: integrity }, null, 2)}\n`);
}

if (process.argv[1]?.endsWith('ops/embed.ts')) await publish();
