import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.join('lib', 'embed', 'published');

export { embedVersion } from './version.ts';

/** Every published version of the embed script with its integrity value, oldest first. */
export const publishedVersions = (): Record<string, string> =>
  JSON.parse(readFileSync(path.join(folder, 'versions.json'), 'utf8')) as Record<string, string>;

/** The version that `/embed/v1.js` leads to, with the value of its integrity attribute. */
export function newestVersion(): { version: string; integrity: string } {
  const [version, integrity] = Object.entries(publishedVersions()).at(-1) ?? [];
  if (!version || !integrity) throw new Error('no version of the embed script is published');
  return { version, integrity };
}

export type EmbedScript = {
  code: string /** Whether these bytes are all that this name will ever stand for. */;
  fixed: boolean;
};

/** The script under a file name such as `v1.js` or `v1.0.0.js`; null for any other name. */
export function embedScript(file: string): EmbedScript | null {
  const exact = /^v(\d+\.\d+\.\d+)\.js$/.exec(file)?.[1];
  const version = file === 'v1.js' ? newestVersion().version : exact;
  if (!version || !(version in publishedVersions())) return null;
  return { code: readFileSync(path.join(folder, `v${version}.js`), 'utf8'), fixed: exact !== undefined };
}
