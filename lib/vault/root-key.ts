import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { config } from '../config/index.ts';
import { UnreadableError } from './envelope.ts';

/**
 * Where partner keys are wrapped. Asynchronous although this one is a local file's key, because a key service stands
 * behind the same two calls later.
 */
export type RootKey = {
  wrap(key: Uint8Array, context: string): Promise<Uint8Array<ArrayBuffer>>;
  unwrap(wrapped: Uint8Array, context: string): Promise<Uint8Array<ArrayBuffer>>;
};

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM key wrapping with the context authenticated; 12-byte nonce, ciphertext, 16-byte tag. */
export function fileRootKey(): RootKey {
  const key = () => config().rootKey.reveal();
  return {
    async wrap(plain, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key(), nonce).setAAD(Buffer.from(context));
      return new Uint8Array(Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
    },
    async unwrap(wrapped, context) {
      try {
        const nonce = wrapped.subarray(0, nonceBytes);
        const decipher = createDecipheriv('aes-256-gcm', key(), nonce, { authTagLength: tagBytes });
        decipher.setAAD(Buffer.from(context)).setAuthTag(wrapped.subarray(wrapped.length - tagBytes));
        const body = decipher.update(wrapped.subarray(nonceBytes, wrapped.length - tagBytes));
        return new Uint8Array(Buffer.concat([body, decipher.final()]));
      } catch (error) {
        throw new UnreadableError(error);
      }
    },
  };
}
