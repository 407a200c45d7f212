import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { type RecipientKeyInput, TargetInput } from '../targets/index.ts';

export type Recipient = { privateKey: KeyObject; pem: string; input: RecipientKeyInput };

const pairs = {
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  x25519: () => generateKeyPairSync('x25519'),
};

/** A machine that bundles can be encrypted to. */
export function aRecipientKey(kind: keyof typeof pairs = 'P-256', label = 'ERP'): Recipient {
  const { publicKey, privateKey } = pairs[kind]();
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { privateKey, pem, input: { label, public_key: pem } };
}

export const aTargetInput = (more: Partial<TargetInput> = {}): TargetInput =>
  TargetInput.parse({ name: 'Our ERP', kind: 'redeem', ...more });

/** What the recipient reads, and what its envelope says of itself. */
export async function decrypted(
  { privateKey }: Recipient,
  answer: string,
): Promise<{ header: object; bundle: Record<string, unknown> }> {
  const { bundle } = JSON.parse(answer) as { bundle: string };
  const { plaintext, protectedHeader } = await compactDecrypt(bundle, privateKey);
  return { header: protectedHeader, bundle: JSON.parse(new TextDecoder().decode(plaintext)) };
}
