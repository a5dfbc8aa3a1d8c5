import { didKey, type DidName } from '../../datasources/rucio/chunks.js';
import { rowColumns, type RowKind } from '../../domain/row-kind.js';
import type { Row } from '../../datasources/postgres/row-reader.js';
import type { Found } from './look-again.js';

const cell = (kind: RowKind, row: Row | null, column: string): string | null => row?.[rowColumns(kind).indexOf(column)] ?? null;

/** DIDs whose age decides over a row that has no date of its own: a copy is not older than its file, nor what a collection holds than either of both. */
export function needsBirth(kind: RowKind, { difference: { key } }: Found): DidName[] {
  if (kind === 'replicas') return [{ scope: key['scope']!, name: key['name']! }];
  if (kind === 'contents') return [{ scope: key['scope']!, name: key['name']! }, { scope: key['child_scope']!, name: key['child_name']! }];
  return [];
}

/**
 * Whether Rucio's row is known to be younger than the mirror's `asOf`, so that the mirror need not have it yet. `born` are moments as RFC 3339.
 * All are whole seconds of Rucio's clock. A row that was deleted leaves no date: the mirror's own tells only if it was made since.
 */
export function isLate(kind: RowKind, found: Found, asOf: string, born: ReadonlyMap<string, string>): boolean {
  const { difference: { what, columns }, rucio, mirror } = found;
  const since = (moment: string | null) => moment !== null && moment.slice(0, 19).replace('T', ' ') >= asOf;
  if (what !== 'NOT_IN_RUCIO' && needsBirth(kind, found).some((did) => since(born.get(didKey(did)) ?? null))) return true;
  if (what === 'MISSING_IN_MIRROR') return since(cell(kind, rucio, kind === 'usage' ? 'updated_at' : 'created_at'));
  if (what === 'NOT_IN_RUCIO') return since(cell(kind, mirror, 'created_at'));
  // What the mirror derived by itself has nothing to do with Rucio.
  return columns.every(({ column }) => rowColumns(kind).includes(column.split('.')[0]!)) && since(cell(kind, rucio, 'updated_at'));
}
