import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

/** Why dipper is not ready, or undefined. */
export type Readiness = () => Promise<string | undefined>;

/** /healthz: the process lives. /readyz: it can answer. /metrics: for Prometheus. */
export function addHealth(app: FastifyInstance, { readiness, metrics }: { readiness: Readiness; metrics: Metrics }): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const reason = await readiness();
    return reason === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', reason });
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
}
