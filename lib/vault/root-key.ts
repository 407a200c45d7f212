import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { config, rootKeyIdOf } from '../config/index.ts';
import { UnreadableError } from './envelope.ts';

/** A partner key as it is stored: closed, and which version of the root key closed it. */
export type Wrapped = { bytes: Uint8Array<ArrayBuffer>; rootKeyId: string };

/**
 * Where partner keys are wrapped. Asynchronous although this one is a local file's key, because a key service stands
 * behind the same calls later: its key id and version are the `rootKeyId`.
 */
export type RootKey = {
  /** The version that wraps from now on. */
  readonly newest: string;
  /** Every version that can be unwrapped with here, the newest first. */
  readonly known: readonly string[];
  wrap(key: Uint8Array, context: string): Promise<Wrapped>;
  /** `rootKeyId` null: from before root keys had names; every known one is tried. Throws UnreadableError. */
  unwrap(
    wrapped: Uint8Array,
    rootKeyId: string | null,
    context: string,
  ): Promise<{ key: Uint8Array<ArrayBuffer>; rootKeyId: string }>;
};

const nonceBytes = 12;
const tagBytes = 16;

function unwrapWith(key: Uint8Array, wrapped: Uint8Array, context: string): Uint8Array<ArrayBuffer> {
  let body: Buffer | undefined;
  try {
    const nonce = wrapped.subarray(0, nonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(context)).setAuthTag(wrapped.subarray(wrapped.length - tagBytes));
    body = decipher.update(wrapped.subarray(nonceBytes, wrapped.length - tagBytes));
    decipher.final();
    return new Uint8Array(body);
  } catch (error) {
    throw new UnreadableError(error);
  } finally {
    body?.fill(0);
  }
}

/**
 * Root keys in files (WAXSEAL_ROOT_KEY_FILE wraps, WAXSEAL_OLD_ROOT_KEY_FILES still unwrap). AES-256-GCM with the context
 * authenticated; 12-byte nonce, ciphertext, 16-byte tag.
 */
export function fileRootKey(): RootKey {
  const { rootKey, oldRootKeys } = config();
  const keys = new Map([rootKey, ...oldRootKeys].map((key) => [rootKeyIdOf(key), key]));
  const newest = rootKeyIdOf(rootKey);
  return {
    newest,
    known: [...keys.keys()],
    async wrap(plain, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', rootKey.reveal(), nonce).setAAD(Buffer.from(context));
      const parts = [nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()];
      return { bytes: new Uint8Array(Buffer.concat(parts)), rootKeyId: newest };
    },
    async unwrap(wrapped, rootKeyId, context) {
      let reason: unknown;
      for (const [id, key] of keys) {
        if (rootKeyId !== null && rootKeyId !== id) continue;
        try {
          return { key: unwrapWith(key.reveal(), wrapped, context), rootKeyId: id };
        } catch (error) {
          reason = error;
        }
      }
      throw reason ?? new UnreadableError();
    },
  };
}
