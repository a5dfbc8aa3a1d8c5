import type { SyncLog } from '../sync/sync-log.js';

/** The report says what matters. */
export const quiet: SyncLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
