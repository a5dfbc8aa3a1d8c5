import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** GraphiQL is bundled: nothing is fetched from another host. monaco sets styles by itself. */
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

/** The pages that Vite has built, below /graphiql. */
export async function addPages(server: FastifyInstance, folder: string): Promise<void> {
  await server.register(async (app) => { await addRoutes(app, folder); });
}

async function addRoutes(app: FastifyInstance, folder: string): Promise<void> {
  app.addHook('onRoute', (route) => { route.config = { ...route.config, isForAll: true }; });
  app.get('/', (_request, reply) => reply.redirect('/graphiql/'));
  if (!existsSync(folder)) {
    app.get('/graphiql/', (_request, reply) => reply.code(404).send({ message: 'The pages are not built: run `npm run build:web`.' }));
    return;
  }
  await app.register(fastifyStatic, {
    root: folder, prefix: '/graphiql', redirect: true, index: 'index.html',
    setHeaders(reply) {
      reply.header('content-security-policy', policy);
      reply.header('cache-control', 'public, no-cache'); // the same for all; asked for again by its ETag
    },
  });
}
