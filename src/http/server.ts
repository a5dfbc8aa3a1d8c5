import Fastify, { LogController, type FastifyInstance, type RouteOptions } from 'fastify';
import type { Logger } from 'pino';
import { DipperError } from '../errors.js';
import type { CertificateDoors } from './certificate-doors.js';
import { addGraphql, type GraphqlOptions } from './graphql.js';
import { addIdentify, type IdentifyOptions } from './identify.js';
import { addHealth, type Readiness } from './health.js';
import { addPages } from './pages.js';
import { refuse } from './refuse.js';

export interface ServerOptions extends GraphqlOptions, IdentifyOptions {
  readonly readiness: Readiness;
  readonly pages: string;
  readonly doors?: CertificateDoors | undefined;
  readonly log: Logger;
}

/** A way into the server. */
export interface Route { readonly path: string; readonly isForAll: boolean }

export interface Server {
  readonly routes: readonly Route[];
  listen(address: { host: string; port: number }): Promise<string>;
  /** Waits for answers under way. */
  close(): Promise<void>;
}

/** The HTTP side of dipper, not yet listening. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { log, limits: { requestBytes, timeoutSeconds }, doors } = options;
  const app: FastifyInstance = Fastify({
    loggerInstance: log, logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: requestBytes, onProtoPoisoning: 'ignore', onConstructorPoisoning: 'ignore', // such names are names like others
    requestTimeout: timeoutSeconds * 1000, connectionTimeout: 0, forceCloseConnections: 'idle',
  }) as unknown as FastifyInstance;
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof DipperError && error.code !== 'INTERNAL') return void refuse(reply, error);
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, url: request.url }, 'request failed');
    const message = status >= 500 ? 'Something went wrong inside dipper. It has been written down.' : error.message;
    void reply.code(status).send({ errors: [{ message, extensions: { code: status >= 500 ? 'INTERNAL' : 'BAD_REQUEST' } }] });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'There is nothing here. GraphQL is at /graphql, GraphiQL at /graphiql/.' }));
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => { routes.push(route); });
  addIdentify(app, options);
  addHealth(app, options);
  await addPages(app, options.pages);
  const apollo = await addGraphql(app, options);
  return {
    routes: routes.map(({ url, config }) => ({ path: url, isForAll: config?.isForAll === true })),
    async listen(address) {
      const main = await app.listen(address);
      await doors?.open((request, response) => { app.routing(request, response); });
      return main;
    },
    close: async () => { await Promise.all([doors?.close(), apollo.stop()]); },
  };
}
