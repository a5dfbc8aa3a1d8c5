import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticate } from '../auth/authenticate.js';
import type { Policy } from '../auth/policy.js';
import type { Viewer } from '../domain/viewer.js';
import { DipperError } from '../errors.js';
import { requestSignal } from './request-signal.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For doors that show the same to everybody, such as /healthz. */
    isForAll?: boolean;
  }
}

/** What is known of a request before its door is reached. */
export interface Visit { readonly viewer: Viewer; readonly signal: AbortSignal }

export interface IdentifyOptions { readonly authenticate: Authenticate; readonly policy: Policy; readonly timeoutSeconds: number }

/** Its reason is what those are told whose answers do not come before dipper ends. */
export interface Ending { readonly ending: AbortSignal }

const visits = new WeakMap<FastifyRequest, Visit>();

/** Who sent a request, as far as that is known: for the log. */
export const seenViewer = (request: FastifyRequest): Viewer | undefined => visits.get(request)?.viewer;

/** Who came through the door; for doors that are not for all. */
export function visitOf(request: FastifyRequest): Visit {
  const visit = visits.get(request);
  if (!visit) throw new DipperError('INTERNAL', 'This door is for all, and knows nobody.');
  return visit;
}

/** Finds out who sends each request before its body is read. A door is guarded unless its `config.isForAll` says otherwise. */
export function addIdentify(app: FastifyInstance, { authenticate, policy, timeoutSeconds, ending }: IdentifyOptions & Ending): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 || request.routeOptions.config.isForAll) return;
    const signal = requestSignal(reply, timeoutSeconds, ending);
    const viewer = await policy.viewerOf(await authenticate(request.raw, signal), signal);
    visits.set(request, { viewer, signal });
  });
}
