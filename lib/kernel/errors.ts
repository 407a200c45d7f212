/** Stable codes that may leave the building; `lib/api/problem.ts` gives each its status. */
export type ErrorCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'sign_in_again'
  | 'forbidden'
  | 'not_found'
  | 'too_large'
  | 'unsupported_media_type'
  | 'idempotency_key_reused'
  | 'idempotency_in_flight'
  | 'registration_in_use'
  | 'client_id_taken'
  | 'too_early'
  | 'window_over'
  | 'already_claimed'
  | 'not_claimable'
  | 'needs_consent'
  | 'already_redeemed'
  | 'not_redeemable'
  | 'not_delivered'
  | 'already_confirmed'
  | 'not_withdrawable'
  | 'not_cancellable'
  | 'fingerprint_mismatch'
  | 'private_key_given'
  | 'invalid_recipient_key'
  | 'recipient_key_known'
  | 'too_many_recipient_keys'
  | 'recipient_key_required'
  | 'recipient_key_retired'
  | 'file_refused'
  | 'target_name_taken'
  | 'target_not_allowed'
  | 'target_archived'
  | 'approval_needed'
  | 'listed_twice'
  | 'sandbox_only'
  | 'clock_moved'
  | 'provider_unavailable'
  | 'unavailable';

/**
 * A promise that could not be kept, told in two voices: `code` and `publicMessage` may be shown to the caller, `cause`
 * never is. Expected outcomes are return values, not this.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly publicMessage: string;
  readonly extra: Readonly<Record<string, string | number>>;
  constructor(
    code: ErrorCode,
    publicMessage: string,
    options: { cause?: unknown; extra?: Record<string, string | number> } = {},
  ) {
    super(`${code}: ${publicMessage}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.publicMessage = publicMessage;
    this.extra = options.extra ?? {};
  }
}

/** A foreign thing and a missing thing are the same thing to the caller, word for word (style §3.5). */
export const notFound = (): AppError => new AppError('not_found', 'There is nothing here under that address.');

/** A fault that stops a start: one sentence that says what to do, no stack. */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'StartError';
  }
}
