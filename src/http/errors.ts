import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { DipperError, errorCatalogue, type ErrorCode } from '../errors.js';

const INTERNAL = 'Something went wrong inside dipper. It has been written down.';

/** Codes of Apollo's own that the contract lists. */
const apolloCodes = new Set(['BAD_REQUEST', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE', 'PERSISTED_QUERY_NOT_FOUND', 'PERSISTED_QUERY_NOT_SUPPORTED']);

// What is wrong may be quoted in the message, and be as long as the request.
const LONGEST_MESSAGE = 1000;
const short = (message: string) => (message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE).toWellFormed()}...` : message);

const codeOf = (error: unknown) => (error instanceof GraphQLError ? error.extensions['code'] : undefined);

/** The one place where errors become GraphQL's: a message for users, a code from the catalogue, no stack trace. */
export function createErrorFormatter(log: Logger): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return ({ message, locations, path }, error) => {
    const cause = error instanceof GraphQLError && error.originalError ? error.originalError : error;
    const place = { ...(locations && { locations }), ...(path && { path }) };
    if (cause instanceof DipperError) {
      if (cause.code === 'INTERNAL') log.error({ err: cause, path }, 'internal error');
      return { message: short(cause.message), ...place, extensions: { code: cause.code, retryable: cause.retryable } };
    }
    const code = codeOf(cause) ?? codeOf(error);
    if (typeof code === 'string' && (apolloCodes.has(code) || (code in errorCatalogue && code !== 'INTERNAL'))) {
      return { message: short(message), ...place, extensions: { code } };
    }
    // Without a cause of its own it is graphql-js that refuses a value of the request.
    if (cause instanceof GraphQLError && !cause.originalError && code === undefined) return { message: short(message), ...place, extensions: { code: 'BAD_USER_INPUT' } };
    log.error({ err: cause, path }, 'internal error');
    return { message: INTERNAL, ...place, extensions: { code: 'INTERNAL' } };
  };
}

/** What the request's document or variables have wrong: GraphQL over HTTP wants 200 for it in application/json. What dipper itself refuses says whether to try again. */
const isOfRequest = ({ extensions }: GraphQLFormattedError) =>
  ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'OPERATION_RESOLUTION_FAILURE'].includes(String(extensions?.['code'])) && extensions?.['retryable'] === undefined;

/** Field suggestions would tell who may not see the schema what is in it. */
export const withoutSuggestions = (error: GraphQLFormattedError): GraphQLFormattedError => ({ ...error, message: error.message.replace(/ Did you mean [^]*$/, '') });

/** The catalogue's status where an operation was refused before it ran, or all of it as too costly; 503 where nothing could be answered because the mirror is away; else what GraphQL over HTTP has. */
export function failureStatus(data: unknown, errors: readonly GraphQLFormattedError[] | undefined, accept: string): number | undefined {
  if (data === undefined && errors?.every(isOfRequest)) return accept.includes('application/graphql-response+json') ? 400 : 200;
  const code = errors?.[0]?.extensions?.['code'];
  if (data === undefined && typeof code === 'string' && code in errorCatalogue) return errorCatalogue[code as ErrorCode].status;
  const roots = data === null || data === undefined ? [] : Object.values(data as object);
  if (!errors?.length || roots.some((value) => value !== null)) return undefined;
  return (['UNAVAILABLE', 'COST_LIMIT'] as const).map((one) => (errors.some(({ extensions }) => extensions?.['code'] === one) ? errorCatalogue[one].status : undefined)).find(Boolean);
}
