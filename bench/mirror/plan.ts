import type { MetadataField } from '../../src/domain/metadata-field.js';

/** What mirror is wanted, and where. */
export interface MirrorPlan {
  readonly url: string;
  readonly files: number;
  readonly fields: readonly MetadataField[];
  /** Takes one sentence for each step. */
  readonly report: (text: string) => void;
  readonly signal: AbortSignal;
}

export const BIG_TABLES: readonly string[] = ['mirror.file', 'mirror.replica', 'mirror.content_file'];
