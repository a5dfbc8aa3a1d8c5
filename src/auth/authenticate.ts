import type { IncomingMessage } from 'node:http';
import type { Identity } from '../domain/identity.js';

/** Finds out who sent a request; `nobody` where it shows nothing. Throws UNAUTHENTICATED where it shows what does not hold, UNAVAILABLE where that cannot be told. */
export type Authenticate = (request: IncomingMessage, signal: AbortSignal) => Promise<Identity>;
