import { AppError } from './errors.ts';

export const bodyLimitBytes = 64 * 1024;

/** Reads a body up to the limit and no further (TH24). Throws too_large. */
export async function readLimited(request: Request, limit: number = bodyLimitBytes): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  const reader = request.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.byteLength;
      if (size > limit) throw tooLarge(limit);
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error instanceof TypeError ? new AppError('invalid_request', 'The body is not UTF-8.') : error;
  }
}

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
