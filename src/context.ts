import type { MetadataField } from './domain/metadata-field.js';
import type { Live } from './loaders.js';
import type { Mirror } from './read/mirror.js';

/** Limits that a request is held to; sizes in bytes, times in seconds. */
export interface RequestLimits {
  readonly pageSize: number;
  readonly lfnsPerQuery: number;
  readonly depth: number;
  readonly requestBytes: number;
  readonly timeoutSeconds: number;
}

/** Who asks. */
export interface RequestViewer {
  readonly subject: string;
  readonly issuer: string | null;
  readonly account: string | null;
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
}

/** What is born with each request. */
export interface Context {
  readonly mirror: Mirror;
  readonly live: Live;
  readonly viewer: RequestViewer;
  readonly limits: RequestLimits;
  readonly fields: readonly MetadataField[];
  readonly parseLfn: (text: string) => { readonly scope: string; readonly name: string };
  readonly signal: AbortSignal;
  /** The header dipper-at-least: where the mirror has to be before it is read. */
  readonly atLeast: string | undefined;
}
