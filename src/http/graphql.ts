import { hash } from 'node:crypto';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Context, RequestLimits } from '../context.js';
import { mirrorExecutor } from '../read/executor.js';
import { stringifyResult } from '../read/raw-json.js';
import { resolveField } from '../resolvers/field.js';
import type { MetadataField } from '../domain/metadata-field.js';
import { DipperError } from '../errors.js';
import type { Cost } from '../read/cost/operation-cost.js';
import { createOperationCheck } from './check-operation.js';
import type { TrustedDocuments } from '../domain/trusted-documents.js';
import { trustDocuments } from './trust-documents.js';
import { refuseLargeRequests } from './refuse-large-requests.js';
import { createErrorFormatter, failureStatus, withoutSuggestions } from './errors.js';
import type { Metrics } from './metrics.js';

export interface GraphqlOptions {
  readonly schema: GraphQLSchema;
  readonly makeContext: (request: FastifyRequest) => Context;
  readonly limits: RequestLimits;
  readonly fields: readonly MetadataField[];
  /** Documents that are answered by their hash, and whether these are all. */
  readonly trusted: { readonly documents: TrustedDocuments; readonly isOnly: boolean };
  /** Budget of each viewer; 0 for none. */
  readonly pointsPerMinute: number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** POST and GET /graphql: Apollo, with the mirror's fields answered by one statement. Stopping Apollo closes the app, too. */
export async function addGraphql(app: FastifyInstance, { schema, makeContext, limits, fields, pointsPerMinute, trusted, metrics, log }: GraphqlOptions): Promise<ApolloServer<Context>> {
  const formatError = createErrorFormatter(log);
  const asGraphql = (error: Error) => formatError({ message: error.message, ...(error instanceof GraphQLError && { locations: error.locations, path: error.path }) }, error);

  const check = createOperationCheck({ ...limits, schema, fields });
  const observe: ApolloServerPlugin<Context> = { requestDidStart: async () => {
    const stop = metrics.startOperation();
    let cost: (Cost & { readonly left?: number | undefined }) | undefined;
    return { async didResolveOperation({ document, operation, request, response, contextValue }) {
      if (!operation) return;
      cost = check(document, operation, request.variables ?? {}, contextValue.viewer.may.has('introspection'));
      const taken = await contextValue.spend(cost.points);
      cost = { ...cost, left: taken?.left };
      if (taken && taken.waitMs > 0) {
        const seconds = Math.ceil(taken.waitMs / 1000);
        response.http.headers.set('retry-after', String(seconds));
        throw new DipperError('RATE_LIMIT', `Your budget of ${pointsPerMinute} points a minute is spent. Try again in ${seconds} s.`);
      }
      if (contextValue.atLeast !== undefined) await contextValue.mirror.reach(contextValue.atLeast);
    }, async willSendResponse({ request, response, operation, contextValue }) {
      if (response.body.kind !== 'single') return;
      const { data, errors, extensions } = response.body.singleResult;
      // Nothing has run, or the mirror was there before the change was in it.
      const position = data === undefined || operation?.operation === 'mutation' ? null : await contextValue.mirror.position();
      if (position !== null) response.http.headers.set('dipper-position', position);
      const hints = await contextValue.mirror.hints().catch((err: unknown) => {
        log.error({ err }, 'hint failed'); // the answer is good without
        return [];
      });
      response.body.singleResult.extensions = { ...extensions, ...(hints.length > 0 && { hints }), ...(cost && { cost: { requested: cost.points, limit: limits.cost, ...(cost.left !== undefined && { budget: { pointsPerMinute, left: cost.left } }) } }) };
      const { viewer } = contextValue;
      if (errors && !viewer.may.has('introspection')) response.body.singleResult.errors = errors.map(withoutSuggestions);
      const status = failureStatus(data, errors, request.http?.headers.get('accept') ?? '');
      if (status) response.http.status = status;
      // What is asked for by GET can be asked for again: each viewer by themselves, for never does a cache share an answer.
      if (request.http?.method === 'GET' && data && !errors) {
        response.http.headers.set('etag', `W/"${hash('sha256', `${viewer.policyKey} ${viewer.issuer} ${viewer.subject} ${stringifyResult({ data })}`, 'base64url').slice(0, 27)}"`);
        response.http.headers.set('cache-control', 'private, no-cache');
        response.http.headers.set('vary', 'accept, authorization, cookie, origin');
      }
      stop(operation?.operation ?? 'none', errors?.map(({ extensions }) => String(extensions?.['code'])) ?? []);
    } };
  } };

  const apollo = new ApolloServer<Context>({
    schema, stringifyResult, formatError, fieldResolver: resolveField,
    plugins: [
      mirrorExecutor(schema, (errors) => errors.map(asGraphql)), observe,
      fastifyApolloDrainPlugin(app), ApolloServerPluginCacheControlDisabled(),
    ],
    introspection: true,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false, // anybody could register them
    logger: log.child({ part: 'apollo' }),
  });
  await apollo.start();
  trustDocuments(app, trusted.documents, trusted.isOnly);
  refuseLargeRequests(app, limits.aliases);
  await app.register(fastifyApollo(apollo), { path: '/graphql', context: async (request) => makeContext(request) });
  return apollo;
}
