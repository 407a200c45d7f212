import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Config, useConfig } from '#lib/config/index.ts';
import { newestVersion, publishedVersions } from '#lib/embed/index.ts';
import { GET } from './route.ts';

beforeAll(() => useConfig({ publicUrl: 'https://connect.example' } as Config));

const get = (file: string) =>
  GET(new Request(`https://connect.example/embed/${file}`), { params: Promise.resolve({ file }) });
const { version, integrity } = newestVersion();

describe('the embed script', () => {
  test('under its version: for a year, unchanging, for every origin, with the integrity value that is told', async () => {
    const answer = await get(`v${version}.js`);
    const code = await answer.text();
    expect(`sha384-${createHash('sha384').update(code).digest('base64')}`).toBe(integrity);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    });
    expect(answer.headers.has('set-cookie')).toBe(false);
  });

  test('as v1: the newest version, soon asked for again', async () => {
    const answer = await get('v1.js');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await answer.text()).toBe(readFileSync(`lib/embed/published/v${version}.js`, 'utf8'));
  });

  test.each(['v2.js', 'v1.0.99.js', 'v1', 'versions.json', '../index.ts', 'v__proto__.js', 'v1.0.0.js.map', ''])(
    'there is nothing else: %s',
    async (file) => {
      const answer = await get(file);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
    },
  );

  /** Somebody's page holds the integrity value: other bytes under it are a button that no longer works. */
  test('every published version still has the bytes it was published with', async () => {
    const versions = Object.entries(publishedVersions());
    expect(versions.length).toBeGreaterThan(0);
    for (const [name, value] of versions) {
      const code = await (await get(`v${name}.js`)).text();
      expect([name, `sha384-${createHash('sha384').update(code).digest('base64')}`]).toEqual([name, value]);
    }
  });
});
