import type { FastifyInstance } from 'fastify';
import { DipperError } from '../errors.js';
import { refuse } from './refuse.js';

/** Requests under way: more than `most` are refused at once, so that those that are answered stay fast. Gives how many there are. */
export function boundRequests(app: FastifyInstance, most: number): () => number {
  let underWay = 0;
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 || request.routeOptions.config.isForAll) return;
    if (underWay >= most) return refuse(reply.header('retry-after', '1'), new DipperError('UNAVAILABLE', 'dipper has as much to do as it can. Try again in a moment.'));
    underWay += 1;
    reply.raw.once('close', () => { underWay -= 1; });
  });
  return () => underWay;
}
