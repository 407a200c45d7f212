import { expect, test } from 'vitest';
import { formsOf, type Known, Sieve, watchStream } from './sieve.ts';

const token = 'stampNL001.aB3!IAAAAq-Zk_0123456789"quoted"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/+ä';
const known: Known = { name: 'a refresh token', owner: 'ptn_a' };
const sieve = new Sieve();
sieve.add(token, known);
sieve.add('short-secret-of-20-c', { name: 'a client secret', owner: null });

test('a secret is found in each of its six forms, and in a part of it', () => {
  for (const form of formsOf(token)) expect(sieve.find(`before ${form} after`)).toEqual([known]);
  expect(sieve.find(`{"refresh_token":"${token.slice(0, 40)}`)).toEqual([known]);
});

test('other text is clean, whatever its length', () => {
  expect(sieve.find('')).toEqual([]);
  expect(sieve.find('x'.repeat(5000))).toEqual([]);
  expect(sieve.find(token.slice(0, 10))).toEqual([]);
});

test('a stream is looked through across its chunks', () => {
  const found: string[] = [];
  const watch = watchStream(sieve, ({ name }) => found.push(name));
  for (const letter of 'log: short-secret-of-20-c.') watch(letter);
  expect(found).toContain('a client secret');
});

test('a secret that is too short to be told from other text is refused', () => {
  expect(() => sieve.add('secret', known)).toThrow('too short');
});
