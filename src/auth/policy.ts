import type { Identity } from '../domain/identity.js';
import type { Viewer } from '../domain/viewer.js';

/** Says what somebody may. Throws UNAUTHENTICATED or FORBIDDEN where that is nothing, UNAVAILABLE or UPSTREAM_UNAVAILABLE where it cannot be told. */
export interface Policy { viewerOf(identity: Identity, signal: AbortSignal): Promise<Viewer> }
