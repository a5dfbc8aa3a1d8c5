import type { MetadataField } from '../../domain/metadata-field.js';
import { DipperError } from '../../errors.js';
import { isObject } from './is-object.js';
import { KILOBYTE, SCAN, SUBQUERY, VALUE } from './prices.js';

/** Fields that an index finds files by, beside those of the registry. */
const indexedColumns = ['name', 'createdAt', 'updatedAt', 'time', 'metadata'];
const bounding = ['eq', 'in', 'startsWith', 'lt', 'lte', 'gt', 'gte', 'overlaps', 'containsAll', 'containsAny'];

/** Points of an argument's value, as it was sent: what it holds, and what it makes Postgres look at. Throws COST_LIMIT where a list of plain values is longer than the limit. */
export function valuePoints(value: unknown, longestList: number): number {
  let points = 0;
  const walk = (one: unknown): void => {
    points += VALUE;
    if (typeof one === 'string') points += (one.length / 1000) * KILOBYTE;
    else if (Array.isArray(one)) {
      if (one.length > longestList && one.some((member) => typeof member !== 'object')) throw new DipperError('COST_LIMIT', `A list has ${one.length} values; at most ${longestList} are taken (limits.listValues).`);
      one.forEach(walk);
    } else if (isObject(one)) for (const [name, member] of Object.entries(one)) {
      if ((name === 'contains' && !('key' in one)) || (name === 'like' && /^[%_]/.test(String(member)))) points += SCAN;
      if (name === 'within' || name === 'replica') points += SUBQUERY;
      walk(member);
    }
  };
  walk(value);
  return points;
}

/** Whether a filter has a condition that must hold and by which an index finds the files. */
export function isBounded(where: unknown, fields: readonly MetadataField[]): boolean {
  return isObject(where) && Object.entries(where).some(([name, value]) => {
    if (name === 'and') return Array.isArray(value) && value.some((branch) => isBounded(branch, fields));
    if (name === 'within') return true;
    if (!indexedColumns.includes(name) && !fields.some((field) => field.name === name && field.indexed)) return false;
    return (Array.isArray(value) ? value : [value]).some((one) => isObject(one) && bounding.some((operator) => operator in one));
  });
}

/** Whether a filter has conditions of which no index finds the files, so that files are looked at in the list's order until the page is full. */
export const isSearched = (where: unknown, fields: readonly MetadataField[]): boolean => isObject(where) && Object.keys(where).some((name) => name !== 'scope') && !isBounded(where, fields);
