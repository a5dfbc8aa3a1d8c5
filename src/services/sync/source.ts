import type { MetadataField } from '../../domain/metadata-field.js';
import type { Leader } from './lead.js';
import type { SyncLog } from './sync-log.js';
import type { SyncMetrics } from './sync-metrics.js';

export interface KeepOptions {
  readonly fields: readonly MetadataField[];
  readonly log: SyncLog;
  readonly metrics?: SyncMetrics | undefined;
  /** Catch up to where the source is now, then end. */
  readonly once: boolean;
}

/** What a mirror is kept equal to, and how. */
export interface Source {
  readonly kind: 'REPLICATION' | 'REST';
  /** Keeps the mirror until the leader's signal aborts, `once` is fulfilled, or something breaks. */
  keep(leader: Leader, options: KeepOptions): Promise<void>;
}
