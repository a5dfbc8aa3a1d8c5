import { stringify } from 'lossless-json';
import { keyColumns, rowColumns, type RowKind } from '../../domain/row-kind.js';
import { parseMetadata } from '../../datasources/mirror/write-metadata.js';
import type { Row } from '../../datasources/postgres/row-reader.js';
import type { WrongColumn } from './derived-columns.js';

/** What each side says of one column; of JSON, of one of its keys: `metadata.obs_id`. Null where it has no value, or no such key. */
export interface ColumnDifference { readonly column: string; readonly rucio: string | null; readonly mirror: string | null }

/** One row that differs. */
export interface Difference {
  readonly kind: RowKind;
  readonly key: Readonly<Record<string, string | null>>;
  readonly what: 'MISSING_IN_MIRROR' | 'NOT_IN_RUCIO' | 'CHANGED';
  /** Empty unless CHANGED. */
  readonly columns: readonly ColumnDifference[];
}

const json: ReadonlySet<string> = new Set(['metadata', 'facts']);

function keysOf(text: string | null): Readonly<Record<string, unknown>> | null {
  try {
    return text === null ? null : parseMetadata(text);
  } catch {
    return null;
  }
}

const shown = (value: unknown): string | null => stringify(value) ?? null;

function* jsonDifferences(column: string, rucio: string | null, mirror: string | null): Generator<ColumnDifference> {
  const [left, right] = [keysOf(rucio), keysOf(mirror)];
  let found = false;
  for (const name of left && right ? new Set([...Object.keys(left), ...Object.keys(right)]) : []) {
    const [one, other] = [shown(left![name]), shown(right![name])];
    if (one === other) continue;
    found = true;
    yield { column: `${column}.${name}`, rucio: one, mirror: other };
  }
  // No object, or numbers that are written otherwise.
  if (!found) yield { column, rucio, mirror };
}

/** Compares two rows of a key, either of which may be absent. Null where they are the same. */
export function differenceOf(kind: RowKind, rucio: Row | null, mirror: Row | null, derived: (metadata: string, stored: Row) => readonly WrongColumn[]): Difference | null {
  const names = rowColumns(kind);
  const row = rucio ?? mirror;
  if (!row) return null;
  const key = Object.fromEntries(keyColumns(kind).map((name, at) => [name, row[at]!]));
  if (!rucio || !mirror) return { kind, key, what: rucio ? 'MISSING_IN_MIRROR' : 'NOT_IN_RUCIO', columns: [] };
  const columns = names.flatMap((column, at): ColumnDifference[] => {
    const [one, other] = [rucio[at]!, mirror[at]!];
    if (one === other) return [];
    return json.has(column) ? [...jsonDifferences(column, one, other)] : [{ column, rucio: one, mirror: other }];
  });
  // What the mirror derived is held against the metadata that it has itself: others are named above.
  const wrong = kind === 'files' ? derived(mirror[names.indexOf('metadata')] ?? '{}', mirror.slice(names.length)) : [];
  columns.push(...wrong.map(({ column, derived: rucio, mirror }) => ({ column, rucio, mirror })));
  return columns.length ? { kind, key, what: 'CHANGED', columns } : null;
}
