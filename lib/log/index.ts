import pino, { type Logger } from 'pino';
import { config } from '../config/index.ts';

const holder = globalThis as { waxsealLog?: Logger };

/** The places of a stack, without the message above them, which may have lines of its own. */
const framesOf = (error: Error) =>
  error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 5)
    .join('\n');

// An error's own text may quote what failed; only its kind, code and place are written (TH4).
const describe = (error: unknown) =>
  error instanceof Error
    ? {
        type: error.name,
        code: String((error as { code?: unknown }).code ?? ''),
        at: framesOf(error),
      }
    : { type: typeof error };

/** The process log: JSON lines on stderr, no message of a foreign error and no value of a secret in them. */
export function log(): Logger {
  holder.waxsealLog ??= pino(
    { level: config().logLevel, serializers: { err: describe }, base: null },
    pino.destination(2),
  );
  return holder.waxsealLog;
}
