import type { Identity } from './identity.js';
import type { Permission } from './permission.js';
import type { Sight } from './sight.js';

/** Who asks, and what the archive's policy makes of it: one for each request. */
export interface Viewer extends Identity {
  /**
   * The Rucio account that the viewer acts as; null where there is none. It may ask Rucio, so it is for those who need it. Where Rucio cannot say so now
   * it is null, too, or with `mustKnow` the error that says why.
   */
  readonly account: (signal: AbortSignal, options?: { readonly mustKnow?: boolean }) => Promise<string | null>;
  readonly sight: Sight;
  readonly may: ReadonlySet<Permission>;
  /** The same for all who see and may the same, whatever the time: part of every key under which answers are kept, and of cursors. */
  readonly policyKey: string;
}
