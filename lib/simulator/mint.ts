import { createHash, randomBytes } from 'node:crypto';
import type { FreshTokens, Minted } from './core/token-verdict.ts';

/** Shapes and lengths as captured (`exact-online.md` §3.1, §4): a client that trims, splits or limits them should notice. */
export function mintCode(): Minted {
  return minted(`${handle()}!${noise(400)}`);
}

export function mintTokens(): FreshTokens {
  return {
    accessToken: minted(`gAAAA${noise(545)}`),
    refreshToken: minted(`${handle()}!IAAAA${noise(690)}`),
  };
}

export function mintSession(): Minted {
  return minted(noise(43));
}

export function mintFaultId(): string {
  return `fault_${randomBytes(6).toString('hex')}`;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** How the journal names a token: enough to compare, useless to spend. */
export function fingerprint(tokenId: string): string {
  return tokenId.slice(0, 12);
}

function minted(value: string): Minted {
  return { value, id: sha256(value) };
}

/** The four characters before the exclamation mark. */
function handle(): string {
  return noise(16).replaceAll(/[-_]/g, '').slice(0, 4).padEnd(4, '0');
}

function noise(characters: number): string {
  return randomBytes(Math.ceil((characters * 3) / 4))
    .toString('base64url')
    .slice(0, characters);
}
