import { send } from '../http/index.ts';
import { AppError } from '../kernel/errors.ts';
import { operatorOrigins } from '../providers/index.ts';

type Method = 'GET' | 'POST' | 'PUT';

/**
 * A command to our simulator's control API, or a question to it. Throws client_id_taken when an app belongs to another
 * sandbox, or to none, provider_unavailable when it does not answer as it should.
 */
export async function command(origin: string, method: Method, path: string, body?: object): Promise<unknown> {
  const sent = await send(
    {
      method,
      url: `${origin}/__control${path}`,
      headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    },
    operatorOrigins(),
  );
  if (sent.kind === 'answered' && sent.response.status === 409)
    throw new AppError(
      'client_id_taken',
      'This client ID is in use at the simulated Exact Online already; choose another one.',
    );
  if (sent.kind !== 'answered' || sent.response.status >= 300) {
    throw new AppError('provider_unavailable', 'The simulated Exact Online does not answer; is it running?');
  }
  return JSON.parse(sent.response.body);
}
