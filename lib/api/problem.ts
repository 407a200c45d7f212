import { z } from 'zod';
import { AppError, type ErrorCode, notFound } from '../kernel/errors.ts';

/** The one place that knows HTTP's numbers: a new code without a number does not compile (style §3.5). */
export const statusOf = {
  invalid_request: 400,
  unauthorized: 401,
  sign_in_again: 401,
  forbidden: 403,
  not_found: 404,
  too_large: 413,
  unsupported_media_type: 415,
  idempotency_key_reused: 422,
  idempotency_in_flight: 409,
  registration_in_use: 409,
  client_id_taken: 409,
  too_early: 409,
  window_over: 409,
  already_claimed: 409,
  not_claimable: 409,
  needs_consent: 409,
  already_redeemed: 409,
  not_redeemable: 409,
  not_delivered: 409,
  already_confirmed: 409,
  not_withdrawable: 409,
  not_cancellable: 409,
  fingerprint_mismatch: 422,
  private_key_given: 422,
  invalid_recipient_key: 422,
  recipient_key_known: 409,
  too_many_recipient_keys: 409,
  recipient_key_required: 422,
  recipient_key_retired: 409,
  file_refused: 422,
  target_name_taken: 409,
  target_not_allowed: 409,
  target_archived: 409,
  approval_needed: 409,
  listed_twice: 409,
  sandbox_only: 403,
  clock_moved: 409,
  provider_unavailable: 503,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>;

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Unprocessable',
  500: 'Internal error',
  503: 'Unavailable',
};

export type Problem = { status: number; body: Record<string, string | number> };

/** RFC 9457, without anything of the request in it: a foreign id and a random one get the same bytes. */
export function problemOf(error: AppError): Problem {
  const status = statusOf[error.code];
  return {
    status,
    body: {
      type: `/docs/errors#${error.code}`,
      title: titles[status] ?? 'Error',
      status,
      code: error.code,
      detail: error.publicMessage,
      ...error.extra,
    },
  };
}

/** What a thrown thing becomes outside: an AppError its problem, a failed validation a sentence, anything else a bare 500. */
export function problemOfThrown(error: unknown): { problem: Problem; unexpected: boolean } {
  if (error instanceof AppError) return { problem: problemOf(error), unexpected: false };
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    const where = issue?.path.join('.') ?? '';
    return {
      problem: problemOf(
        new AppError('invalid_request', `${where ? `${where}: ` : ''}${issue?.message ?? 'The request is not valid.'}`),
      ),
      unexpected: false,
    };
  }
  const unreachable = ['ECONNREFUSED', 'P1001', 'P1017', 'P2024', 'P2028', '57P01', '57P03'].includes(
    String((error as { code?: unknown } | null)?.code),
  );
  if (unreachable)
    return {
      problem: problemOf(new AppError('unavailable', 'The service cannot reach its database; try again in a moment.')),
      unexpected: true,
    };
  return {
    problem: {
      status: 500,
      body: {
        type: '/docs/errors#internal',
        title: 'Internal error',
        status: 500,
        code: 'internal',
        detail: 'Something went wrong on our side; the request id is in the x-request-id header.',
      },
    },
    unexpected: true,
  };
}

export const missing = (): Problem => problemOf(notFound());
