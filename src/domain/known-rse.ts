import type { PfnRse } from './pfn.js';
import type { RseFacts } from './rse-expression.js';

/** An RSE as filters, expressions and addresses need it. */
export interface KnownRse extends RseFacts, PfnRse {
  /** The mirror's own id. */
  readonly id: number;
  readonly dataCentre: string;
}
