import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

/** Why dipper is not ready, or undefined. */
export type Readiness = () => Promise<string | undefined>;

const forAll = { config: { isForAll: true } };

/** /healthz: the process lives. /readyz: it can answer. /metrics: for Prometheus. */
export function addHealth(app: FastifyInstance, { readiness, metrics }: { readiness: Readiness; metrics: Metrics }): void {
  app.get('/healthz', forAll, () => ({ status: 'ok' }));
  app.get('/readyz', forAll, async (_request, reply) => {
    const reason = await readiness();
    return reason === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', reason });
  });
  app.get('/metrics', forAll, async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
}
