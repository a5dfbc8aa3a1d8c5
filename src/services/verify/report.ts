import type { RowKind } from '../../domain/row-kind.js';
import type { Dangling } from '../../datasources/mirror/dangling.js';
import type { RowSetAside } from '../../datasources/mirror/read-set-aside.js';
import type { Difference } from './difference.js';

/** What the comparison of one kind of row has found. */
export interface KindReport {
  readonly kind: RowKind;
  /** Rows that were looked at on each side. */
  readonly rucio: number;
  readonly mirror: number;
  readonly differing: number;
  /** Rows that Rucio has changed since the mirror's asOf: a mirror that is crawled need not have them yet. They do not count as differing. */
  readonly late: number;
  /** Rows that went on changing, so that nothing can be said. */
  readonly open: number;
  /** The first of the differences. */
  readonly differences: readonly Difference[];
}

export interface SampleReport {
  /** Files that were looked at, of about so many in the mirror. */
  readonly files: number;
  readonly of: number;
  readonly seed: number;
}

export interface Repaired {
  /** Rows that are as in Rucio now. */
  readonly rows: number;
  /** Rows that still differ. */
  readonly left: number;
  /** Rows that are still set aside. */
  readonly setAside: number;
}

export interface VerifyReport {
  readonly source: 'REPLICATION' | 'REST';
  /** What the source does not tell, so that it is not compared. */
  readonly notTold: readonly string[];
  /** The mirror's asOf when the comparison began. */
  readonly asOf: string;
  /** Why the mirror was not followed meanwhile: then what has changed in Rucio since differs, too. Null where it was. */
  readonly notFollowed: string | null;
  readonly sample: SampleReport | null;
  readonly kinds: readonly KindReport[];
  /** Rows of the mirror that point to no row. */
  readonly dangling: readonly Dangling[];
  readonly setAside: { readonly count: number; readonly rows: readonly RowSetAside[] };
  /** What Rucio could not tell about, so that it was not compared. */
  readonly untold: { readonly count: number; readonly rows: readonly RowSetAside[] };
  /** What was put right then; null where nothing was to be. */
  readonly repaired: Repaired | null;
  /** Names of the RSEs, to show what is known by their ids. */
  readonly rses: Readonly<Record<string, string>>;
}
