import { DipperError } from '../../errors.js';

/** What Rucio said went wrong: for the log, for it may name hosts and tables. */
export class RucioException extends Error {
  constructor(readonly status: number, readonly exceptionClass: string, message: string) {
    super(`${status} ${exceptionClass}: ${message}`);
    this.name = 'RucioException';
  }
}

/** Rucio as a whole does not answer, whatever it is asked. */
export class RucioDown extends DipperError {}

/** The connection failed before an answer began, so asking again does no harm. */
export class ConnectionLost extends RucioDown {
  constructor(cause: unknown) {
    super('UPSTREAM_UNAVAILABLE', 'Rucio cannot be reached now.', { cause });
  }
}

/** What the user is told of an answer that is not 2xx. */
export function errorOf(exception: RucioException): DipperError {
  const options = { cause: exception };
  const { status, exceptionClass } = exception;
  if (exceptionClass === 'AccessDenied' || status === 403) return new DipperError('FORBIDDEN', 'Rucio does not allow this.', options);
  if (status === 429) return new DipperError('RATE_LIMIT', 'Rucio is asked too much now; try again later.', options);
  // Rucio answers 400 or 500 for input that breaks its rules. Without a class of exception it was not Rucio who spoke.
  if (/^(Invalid|InputValidation)/.test(exceptionClass) || (status < 500 && exceptionClass !== '')) return new DipperError('BAD_USER_INPUT', 'Rucio does not accept this request.', options);
  return new DipperError('UPSTREAM_UNAVAILABLE', 'Rucio could not answer.', options);
}

/** Whether Rucio as a whole seems not to answer now, or not to let dipper in: waiting may help, asking for something else does not. */
export function isDown(error: unknown): error is DipperError {
  // One request that takes too long may just be too large.
  if (!(error instanceof DipperError) || error.code === 'TIMEOUT') return false;
  const { code, cause } = error;
  return error instanceof RucioDown || code === 'RATE_LIMIT' || code === 'FORBIDDEN' || (cause instanceof RucioException && cause.status === 401);
}

/** Whether the error says that Rucio does not know what was asked for. */
export function isUnknown(error: unknown): boolean {
  return error instanceof DipperError && error.cause instanceof RucioException
    && error.cause.status === 404 && error.cause.exceptionClass.endsWith('NotFound');
}
