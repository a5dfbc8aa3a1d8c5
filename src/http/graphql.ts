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
import type { Cost } from '../read/cost/operation-cost.js';
import { createOperationCheck } from './check-operation.js';
import { refuseLargeRequests } from './refuse-large-requests.js';
import { createErrorFormatter, failureStatus } from './errors.js';
import type { Metrics } from './metrics.js';

export interface GraphqlOptions {
  readonly schema: GraphQLSchema;
  readonly makeContext: (request: FastifyRequest) => Context;
  readonly limits: RequestLimits;
  readonly fields: readonly MetadataField[];
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** POST and GET /graphql: Apollo, with the mirror's fields answered by one statement. Stopping Apollo closes the app, too. */
export async function addGraphql(app: FastifyInstance, { schema, makeContext, limits, fields, metrics, log }: GraphqlOptions): Promise<ApolloServer<Context>> {
  const formatError = createErrorFormatter(log);
  const asGraphql = (error: Error) => formatError({ message: error.message, ...(error instanceof GraphQLError && { locations: error.locations, path: error.path }) }, error);

  const check = createOperationCheck({ ...limits, schema, fields });
  const observe: ApolloServerPlugin<Context> = { requestDidStart: async () => {
    const stop = metrics.startOperation();
    let cost: Cost | undefined;
    return { async didResolveOperation({ document, operation, request, contextValue }) {
      if (!operation) return;
      cost = check(document, operation, request.variables ?? {}, contextValue.viewer.may.has('introspection'));
      if (contextValue.atLeast !== undefined) await contextValue.mirror.reach(contextValue.atLeast);
    }, async willSendResponse({ response, operation, contextValue }) {
      if (response.body.kind !== 'single') return;
      const { data, errors, extensions } = response.body.singleResult;
      const position = data === undefined ? null : await contextValue.mirror.position(); // nothing has run
      if (position !== null) response.http.headers.set('dipper-position', position);
      const hints = await contextValue.mirror.hints().catch((err: unknown) => {
        log.error({ err }, 'hint failed'); // the answer is good without
        return [];
      });
      response.body.singleResult.extensions = { ...extensions, ...(hints.length > 0 && { hints }), ...(cost && { cost: { requested: cost.points, limit: limits.cost } }) };
      const status = failureStatus(data, errors);
      if (status) response.http.status = status;
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
    logger: log.child({ part: 'apollo' }),
  });
  await apollo.start();
  refuseLargeRequests(app, limits.aliases);
  await app.register(fastifyApollo(apollo), { path: '/graphql', context: async (request) => makeContext(request) });
  return apollo;
}
