import { keyColumns, type RowKind } from '../../domain/row-kind.js';
import type { ReadSome, Row } from '../../datasources/postgres/row-reader.js';
import type { WrongColumn } from './derived-columns.js';
import { differenceOf } from './difference.js';

/** Rows of a kind whose columns `by` have these values. */
export interface Part { readonly kind: RowKind; readonly by: readonly string[]; readonly values: readonly Row[] }

type Derived = (metadata: string, stored: Row) => readonly WrongColumn[];

/** The keys of rows that are not the same on both sides. */
export function differing(kind: RowKind, rucio: readonly Row[], mirror: readonly Row[], derived: Derived): Row[] {
  const length = keyColumns(kind).length;
  const idOf = (row: Row) => JSON.stringify(row.slice(0, length));
  const copies = new Map(mirror.map((row) => [idOf(row), row]));
  const rows = new Map(rucio.map((row) => [idOf(row), row]));
  const ids = [...new Set([...rows.keys(), ...copies.keys()])].sort();
  return ids.filter((id) => differenceOf(kind, rows.get(id) ?? null, copies.get(id) ?? null, derived) !== null).map((id) => JSON.parse(id) as Row);
}

/** Compares a part on both sides: how many rows each has, and the keys of those that are not the same. */
export async function compareSome({ kind, by, values }: Part, { rucio, mirror }: { readonly rucio: ReadSome; readonly mirror: ReadSome }, derived: Derived): Promise<{ rucio: number; mirror: number; keys: Row[] }> {
  const [left, right] = await Promise.all([rucio.some(kind, by, values), mirror.some(kind, by, values)]);
  return { rucio: left.length, mirror: right.length, keys: differing(kind, left, right, derived) };
}
