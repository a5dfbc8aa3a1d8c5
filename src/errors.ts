/** The one catalogue of errors: HTTP status where the whole request fails with it, and whether trying again can help. */
export const errorCatalogue = {
  UNAUTHENTICATED: { status: 401, retryable: false },
  FORBIDDEN: { status: 403, retryable: false },
  BAD_USER_INPUT: { status: 400, retryable: false },
  BAD_CURSOR: { status: 400, retryable: false },
  COST_LIMIT: { status: 400, retryable: false },
  RATE_LIMIT: { status: 429, retryable: true },
  TIMEOUT: { status: 504, retryable: true },
  CONFLICT: { status: 409, retryable: true },
  /** dipper's own mirror cannot answer now. */
  UNAVAILABLE: { status: 503, retryable: true },
  /** Rucio, or a storage, cannot answer now. */
  UPSTREAM_UNAVAILABLE: { status: 502, retryable: true },
  /** Rucio's answer broke off. */
  UPSTREAM_TRUNCATED: { status: 502, retryable: true },
  INTERNAL: { status: 500, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error that its reader may see: `message` is written for users. What caused it goes to the log only. */
export class DipperError extends Error {
  /** Whether trying again can help; as the catalogue has it unless this very error is otherwise. */
  readonly retryable: boolean;

  constructor(readonly code: ErrorCode, message: string, { retryable = errorCatalogue[code].retryable, ...options }: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options);
    this.name = 'DipperError';
    this.retryable = retryable;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
}
