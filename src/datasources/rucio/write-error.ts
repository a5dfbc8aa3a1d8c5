import { BrokenCircuitError } from 'cockatiel';
import { DipperError, type ErrorCode } from '../../errors.js';
import { errorOf, type RucioException } from './rucio-error.js';

type Sentence = (account: string) => string;

/** What Rucio refuses, in plain words: its own may name hosts and tables. */
const refusals: Readonly<Record<string, readonly [ErrorCode, Sentence]>> = {
  AccessDenied: ['FORBIDDEN', (account) => `Rucio does not let the account ${account} do this.`],
  InsufficientAccountLimit: ['FORBIDDEN', (account) => `Rucio refuses this: the quota of the account ${account} is not enough on the RSEs that fit.`],
  ManualRuleApprovalBlocked: ['FORBIDDEN', () => 'Rucio refuses this: the RSEs that fit take no such rules.'],
  RSEOverQuota: ['CONFLICT', () => 'The RSEs that fit have not enough space left.'],
  InsufficientTargetRSEs: ['CONFLICT', () => 'Of the RSEs that fit, fewer can be written to now than copies are asked for.'],
  ReplicationRuleCreationTemporaryFailed: ['UPSTREAM_UNAVAILABLE', () => 'Rucio could not make the rules just now, and has made none. Try again in a moment.'],
  StagingAreaRuleRequiresLifetime: ['BAD_USER_INPUT', () => 'A rule on a staging area needs a lifetime.'],
  ScratchDiskLifetimeConflict: ['BAD_USER_INPUT', () => 'The lifetime is longer than a scratch disk allows.'],
  InvalidRSEExpression: ['BAD_USER_INPUT', () => 'Rucio does not accept the RSE expression.'],
  InvalidSourceReplicaExpression: ['BAD_USER_INPUT', () => 'Rucio does not accept the RSE expression for sources.'],
  InvalidReplicationRule: ['BAD_USER_INPUT', () => 'Rucio does not accept a rule like this.'],
  InvalidObject: ['BAD_USER_INPUT', () => 'Rucio does not accept a rule like this.'],
};

/** What the user is told where Rucio refused to write: then it has changed nothing. */
export function writeErrorOf(exception: RucioException, account: string): DipperError {
  const { exceptionClass, status, message } = exception;
  // Of its own rules for input Rucio tells the one about a choice well.
  const choice = /is not one of (\[[\w\s'"(),/.-]*\])/.exec(message)?.[1];
  if (/^(InvalidObject|InputValidationError)$/.test(exceptionClass) && choice) return new DipperError('BAD_USER_INPUT', `Rucio does not accept a value that is none of ${choice}.`, { cause: exception });
  const [code, sentence] = refusals[exceptionClass] ?? [];
  if (code && sentence) return new DipperError(code, sentence(account), { cause: exception });
  return status >= 500 ? answerLost(exception) : errorOf(exception);
}

/** Nobody knows whether Rucio has done it, so it is not sent again. */
export const answerLost = (cause: unknown): DipperError => new DipperError('UPSTREAM_UNAVAILABLE',
  "Rucio's answer was lost, so it is not known whether this was done. It was sent once, and is not sent again: look in Rucio before you repeat it.", { cause, retryable: false });

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** What the user is told where no answer came: whether anything can have been done. */
export function sendErrorOf(error: unknown): DipperError {
  const cause = error instanceof DipperError ? error.cause : undefined;
  const isUnsent = cause instanceof BrokenCircuitError || neverConnected.has(String((cause as { code?: unknown } | undefined)?.code));
  return isUnsent ? new DipperError('UPSTREAM_UNAVAILABLE', 'Rucio cannot be reached now. Nothing was done.', { cause: error }) : answerLost(error);
}
