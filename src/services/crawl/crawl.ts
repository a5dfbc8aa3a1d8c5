import type pg from 'pg';
import type { ChangeSet } from '../../datasources/mirror/write-changes.js';
import type { WriteTable } from '../../datasources/mirror/write-table.js';
import type { Rucio } from '../../datasources/rucio/rucio.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import type { SyncLog } from '../sync/sync-log.js';
import type { SyncMetrics } from '../sync/sync-metrics.js';
import type { Patience } from './patience.js';
import type { CrawlRse } from './rows.js';

/** What all steps of a crawl share. */
export interface Crawl {
  readonly rucio: Rucio;
  readonly patience: Patience;
  readonly fields: readonly MetadataField[];
  /** Statements that write what collections hold. */
  readonly contents: WriteTable;
  /** RSEs that the mirror has, by name. */
  readonly rses: Map<string, CrawlRse>;
  /** RSEs that Rucio named and did not list, each with the reading of the list that was to find it. */
  readonly strangers: Map<string, Promise<void>>;
  /** Requests at a time. */
  readonly concurrency: number;
  readonly log: SyncLog;
  readonly metrics: SyncMetrics | undefined;
  readonly signal: AbortSignal;
  /** Reads the mirror. The connection is one for all: each has it alone for as long as its work takes. */
  read<T>(work: (mirror: pg.ClientBase) => Promise<T>): Promise<T>;
  /** Writes the mirror, in one transaction that fails where another process has taken over. */
  write<T>(work: (mirror: pg.ClientBase) => Promise<T>): Promise<T>;
  /** Takes rows into the mirror and removes others, inside a write. */
  apply(mirror: pg.ClientBase, changes: ChangeSet): Promise<void>;
  /** Takes note that an answer goes on: a list may take minutes. */
  answered(): void;
  /** Requests that this process has sent so far. */
  requests(): number;
}
