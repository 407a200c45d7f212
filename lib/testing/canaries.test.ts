import { expect, test } from 'vitest';
import { shows } from './canaries.ts';

const canary = 'Canary+of/7Q~walks%';
const bytes = Buffer.from(`before it, ${canary}, and after`);

test.each([
  ['plain', bytes.toString()],
  ['base64', bytes.toString('base64')],
  ['base64, one further', Buffer.concat([Buffer.from('x'), bytes]).toString('base64')],
  ['base64, two further', Buffer.concat([Buffer.from('xy'), bytes]).toString('base64')],
  ['base64url', bytes.toString('base64url')],
  ['hex', bytes.toString('hex')],
  ['upper hex', bytes.toString('hex').toUpperCase()],
  ['percent-encoded', encodeURIComponent(bytes.toString())],
  ['every byte percent-encoded', [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')],
  ['reversed', [...bytes.toString()].reverse().join('')],
  ['UTF-16 in hex', Buffer.from(bytes.toString(), 'utf16le').toString('hex')],
  ['base64 in hex', Buffer.from(bytes.toString('base64')).toString('hex')],
])('a secret shows as %s', (_, text) => {
  expect(shows(text, canary)).toBe(true);
});

test('what is not there does not show', () => {
  expect(shows(bytes.toString().replace('7Q', '7R'), canary)).toBe(false);
});
