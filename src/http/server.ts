import { setMaxListeners } from 'node:events';
import fastifyCors from '@fastify/cors';
import Fastify, { LogController, type FastifyInstance, type RouteOptions } from 'fastify';
import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import type { ProxyDoor } from '../auth/certificate/shown-certificates.js';
import { DipperError } from '../errors.js';
import { readJsonAlone, SLOWEST_REQUEST_SECONDS } from './bodies.js';
import { answerBrokenHttp } from './broken-http.js';
import { boundRequests } from './busy.js';
import type { CertificateDoors } from './certificate-doors.js';
import { addGraphql, type GraphqlOptions } from './graphql.js';
import { addHead, pathOf, requestId } from './head.js';
import { addIdentify, type IdentifyOptions } from './identify.js';
import { addHealth, type Readiness } from './health.js';
import { addPages } from './pages.js';
import { refuse } from './refuse.js';
import { createShutdown } from './shutdown.js';
import { addSignIn, type SignIn } from './sign-in.js';

export interface ServerOptions extends GraphqlOptions, IdentifyOptions {
  /** Sites whose pages may read answers, beside dipper's own. */
  readonly corsOrigins: readonly string[];
  /** Addresses whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Connections by the reverse proxy's socket. */
  readonly proxy: ProxyDoor;
  /** Most requests under way. */
  readonly requestsAtOnce: number;
  /** Connections to the mirror. */
  readonly connections: number;
  readonly readiness: Readiness;
  readonly pages: string;
  readonly doors?: CertificateDoors | undefined;
  /** Absent where nobody can sign in at the pages. */
  readonly signIn?: SignIn | undefined;
  readonly log: Logger;
}

/** A way into the server. */
export interface Route { readonly path: string; readonly isForAll: boolean }

export interface Server {
  readonly routes: readonly Route[];
  listen(address: { host: string; port: number }): Promise<string>;
  /** Waits for answers under way, at most 9 s. */
  close(): Promise<void>;
}

/** Connections that wait to be taken; beyond it the kernel drops them, and clients try again after 1, 3, 7 and 15 s. */
const BACKLOG = 4096;
const INTERNAL = 'Something went wrong inside dipper. It has been written down.';

/** The HTTP side of dipper, not yet listening. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { log, limits: { requestBytes, timeoutSeconds }, corsOrigins, trustedProxies, proxy, requestsAtOnce, connections, readiness, doors } = options;
  const slowest = Math.min(timeoutSeconds, SLOWEST_REQUEST_SECONDS) * 1000;
  const app: FastifyInstance = Fastify({
    loggerInstance: log, logController: new LogController({ disableRequestLogging: true }), genReqId: requestId, requestIdHeader: false, trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: requestBytes, onProtoPoisoning: 'ignore', onConstructorPoisoning: 'ignore', // such names are names like others
    requestTimeout: slowest, connectionTimeout: 0, http: { headersTimeout: slowest, requestTimeout: slowest, connectionsCheckingInterval: 1000 }, clientErrorHandler: answerBrokenHttp,
    forceCloseConnections: 'idle', return503OnClosing: false, // what has come in is answered
  }) as unknown as FastifyInstance;
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof DipperError && error.code !== 'INTERNAL') return void refuse(reply, error);
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error, path: pathOf(request) }, 'request failed');
    void reply.code(status).send({ errors: [{ message: status >= 500 ? INTERNAL : error.message, extensions: { code: status >= 500 ? 'INTERNAL' : 'BAD_REQUEST' } }] });
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = ['GET', 'POST'].filter((method) => app.hasRoute({ method: method as 'GET', url: pathOf(request) }));
    if (allowed.length > 0) return reply.code(405).header('allow', allowed.join(', ')).send({ message: `Use ${allowed.join(' or ')}.` });
    return reply.code(404).send({ message: 'There is nothing here. GraphQL is at /graphql, GraphiQL at /graphiql/.' });
  });
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => { routes.push(route); });
  const ending = new AbortController();
  setMaxListeners(0, ending.signal); // each request listens
  addHead(app, proxy);
  if (corsOrigins.length > 0) {
    await app.register(fastifyCors, {
      origin: [...corsOrigins], credentials: true, methods: ['GET', 'POST'], maxAge: 600, strictPreflight: false,
      allowedHeaders: ['authorization', 'content-type', 'apollo-require-preflight', 'dipper-at-least', 'x-request-id'], exposedHeaders: ['dipper-position', 'etag', 'retry-after', 'x-request-id'],
    });
  }
  const busy = boundRequests(app, { most: requestsAtOnce, connections, log });
  const shutdown = createShutdown(app, busy.underWay, () => { ending.abort(new DipperError('UNAVAILABLE', 'dipper is ending. Try again in a moment.')); });
  readJsonAlone(app);
  addIdentify(app, { ...options, ending: ending.signal });
  addHealth(app, { ...options, readiness: async () => shutdown.reason() ?? await readiness() });
  await addPages(app, options.pages);
  await addSignIn(app, { ...options, ending: ending.signal });
  const apollo = await addGraphql(app, options);
  const [route] = app.server.listeners('request') as [RequestListener];
  app.server.off('request', route).on('request', busy.gate(route));
  return {
    routes: routes.map(({ url, config }) => ({ path: url, isForAll: config?.isForAll === true })),
    async listen(address) {
      const main = await app.listen({ ...address, backlog: BACKLOG });
      await doors?.open(busy.gate(route));
      return main;
    },
    close: () => shutdown.end(async () => { await Promise.all([doors?.close(), apollo.stop()]); }),
  };
}
