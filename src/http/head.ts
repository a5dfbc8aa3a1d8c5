import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { ProxyDoor } from '../auth/certificate/shown-certificates.js';
import { clientAddress } from './client-address.js';
import { seenViewer } from './identify.js';

/** A request's id: the one that came along if it can stand in a log, else one of ours. */
export function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Where a request went, without what may be a secret. */
export const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0]!.slice(0, 200);

/** Headers of every answer: the request's id, and what keeps browsers and caches from doing more than they should. Doors may say otherwise. */
export const headers = {
  'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cache-control': 'private, no-store',
};

/** Ids, headers and the access log, which has no query, no header and no body. */
export function addHead(app: FastifyInstance, proxy: ProxyDoor): void {
  app.addHook('onRequest', async (request, reply) => { reply.headers(headers).header('x-request-id', request.id); });
  app.addHook('onSend', async (request, reply, payload) => {
    const etag = reply.getHeader('etag');
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof etag !== 'string' || request.headers['if-none-match'] !== etag) return payload;
    reply.code(304).removeHeader('content-length');
    return null;
  });
  app.addHook('onResponse', async (request, reply) => {
    const level = request.routeOptions.config.isForAll ? 'debug' : 'info'; // probes and pages are many
    const viewer = seenViewer(request);
    request.log[level]({ method: request.method, path: pathOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime), address: clientAddress(request, proxy), ...(viewer && { subject: viewer.subject, issuer: viewer.issuer }) }, 'answered');
  });
}
