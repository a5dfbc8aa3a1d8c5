import type { Taken } from './datasources/budget/bucket.js';
import type { MetadataField } from './domain/metadata-field.js';
import type { Viewer } from './domain/viewer.js';
import type { Live } from './loaders.js';
import type { Mirror } from './read/mirror.js';
import type { Writer } from './services/writes/audited.js';
import type { Writes } from './services/writes/writes.js';

/** Limits that a request is held to; sizes in bytes, times in seconds. */
export interface RequestLimits {
  readonly pageSize: number;
  readonly lfnsPerQuery: number;
  readonly depth: number;
  /** Most points of one operation, see docs/security.md. */
  readonly cost: number;
  /** Most objects in one answer. */
  readonly nodes: number;
  readonly aliases: number;
  /** Most values of one list in an argument. */
  readonly listValues: number;
  readonly requestBytes: number;
  readonly timeoutSeconds: number;
}

/** What is born with each request. */
export interface Context {
  readonly mirror: Mirror;
  readonly live: Live;
  readonly viewer: Viewer;
  readonly writes: Writes;
  /** As whom `writes` are done. */
  readonly writer: Writer;
  /** Takes an operation's points from the viewer's budget; nothing where there is none. */
  readonly spend: (points: number) => Promise<Taken | undefined>;
  readonly limits: RequestLimits;
  readonly fields: readonly MetadataField[];
  readonly parseLfn: (text: string) => { readonly scope: string; readonly name: string };
  readonly signal: AbortSignal;
  /** The header dipper-at-least: where the mirror has to be before it is read. */
  readonly atLeast: string | undefined;
}
