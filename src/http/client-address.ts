import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { ProxyDoor } from '../auth/certificate/shown-certificates.js';

/** Where a request came from. The reverse proxy's socket has no addresses: there it is what the proxy put last into X-Forwarded-For. */
export function clientAddress(request: FastifyRequest, { sockets }: ProxyDoor): string {
  if (!sockets.has(request.raw.socket)) return request.ip;
  const told = request.headers['x-forwarded-for']?.toString().split(',').at(-1)?.trim() ?? '';
  return isIP(told) > 0 ? told : 'unknown';
}
