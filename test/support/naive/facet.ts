import type { Catalogue } from './catalogue.js';
import { refuse } from './conditions.js';
import type { FileRow } from './tables.js';
import { compareKeys, dateTime, microseconds, type Key } from './values.js';

/** How many of the files have each value of a field, or each member where it is a list; the most frequent first, equal ones by value. */
export function facetOf({ settings }: Catalogue, files: readonly FileRow[], { field: name, limit }: { field: string; limit?: number | null }): object {
  const field = settings.fields.find((one) => one.name === name) ?? refuse(`There is no field ${name}.`);
  const size = limit ?? 20;
  if (size < 1 || size > settings.limits.pageSize) refuse('A facet has from 1 to pageSize values.');
  const counts = new Map<unknown, bigint>();
  for (const file of files) {
    const stored = file[field.column];
    for (const value of new Set(stored === null ? [] : [stored].flat())) counts.set(value, (counts.get(value) ?? 0n) + 1n);
  }
  const key = (value: unknown): Key => (field.type === 'DateTime' ? microseconds(String(value)) : typeof value === 'string' ? value : BigInt(value as bigint | number));
  const sorted = [...counts].sort(([a, countOfA], [b, countOfB]) => compareKeys(countOfB, countOfA) || compareKeys(key(a), key(b)));
  return {
    field: name,
    values: sorted.slice(0, size).map(([value, count]) => ({ value: field.type === 'DateTime' ? dateTime(value) : value, count })),
    otherCount: sorted.slice(size).reduce((sum, [, count]) => sum + count, 0n),
    missingCount: BigInt(files.filter((file) => file[field.column] === null).length),
  };
}
