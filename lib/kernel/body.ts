import { AppError } from './errors.ts';

export const bodyLimitBytes = 64 * 1024;

/** Reads a body as text up to the limit and no further (TH24). Throws too_large, and invalid_request for what is not UTF-8. */
export async function readLimited(request: Request, limit: number = bodyLimitBytes): Promise<string> {
  const bytes = await readBytes(request, limit);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('invalid_request', 'The body is not UTF-8.');
  }
}

/** Reads a body up to the limit and no further (TH24). Throws too_large, and invalid_request when it breaks off. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  const reader = request.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = reader ? await reader.read().catch(brokenOff) : { done: true as const, value: undefined };
    if (done) return new Uint8Array(Buffer.concat(chunks));
    size += value.byteLength;
    if (size > limit) {
      await reader?.cancel().catch(() => {});
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
}

/** Whoever asked has gone, or the line is cut: nobody's mistake here, so nothing to be logged as one. */
const brokenOff = (cause: unknown): never => {
  throw new AppError('invalid_request', 'The request broke off.', { cause });
};

const tooLarge = (limit: number) => new AppError('too_large', `The body is larger than ${limit / 1024} kB.`);

/** Parses a JSON object body; an empty one counts as `{}`. Throws invalid_request, unsupported_media_type. */
export async function readJson(request: Request): Promise<{ text: string; value: unknown }> {
  const text = await readLimited(request);
  if (text === '') return { text, value: {} };
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new AppError('unsupported_media_type', 'Send the body as application/json.');
  try {
    return { text, value: JSON.parse(text) as unknown };
  } catch {
    throw new AppError('invalid_request', 'The body is not JSON.');
  }
}
