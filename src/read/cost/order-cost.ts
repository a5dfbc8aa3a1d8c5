import { orderName, type MetadataField } from '../../domain/metadata-field.js';
import { isObject } from './is-object.js';
import { SORT } from './prices.js';

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
/** How many values an equality allows; 0 for what is none. */
const valuesOf = (condition: unknown): number => (!isObject(condition) ? 0 : condition['eq'] != null ? 1 : Array.isArray(condition['in']) ? condition['in'].length : 0);

/** Whether files lie in this order in an index, so that a page is a short walk. */
function isServed(orderBy: readonly unknown[], where: unknown, fields: readonly MetadataField[]): boolean {
  const [first, ...others] = orderBy.filter(isObject);
  if (!first || ['CREATED_AT', 'UPDATED_AT'].includes(String(first['field']))) return true;
  if (first['field'] === 'NAME') return isObject(where) && isObject(where['scope']) && where['scope']['eq'] != null;
  const field = fields.find(({ name }) => orderName(name) === first['field']);
  if (!field && first['field'] !== 'BYTES') return true; // what is no order is refused later
  // The files of one value lie by name, upwards; in any other order they are sorted.
  return field?.indexed === true && (field.ties === 'few' || (others.length === 0 && first['direction'] !== 'DESC'));
}

/** Points of sorting all that fit. A range says nothing of how many these are: it may hold them all. */
function sortPoints(where: unknown, fields: readonly MetadataField[]): number {
  if (!isObject(where)) return SORT.all;
  return Math.min(SORT.all, ...Object.entries(where).flatMap(([name, value]) => {
    if (name === 'and') return listOf(value).map((branch) => sortPoints(branch, fields));
    if (name === 'within') return SORT.part;
    const field = fields.find((one) => one.name === name);
    if (name !== 'name' && name !== 'metadata' && !field?.indexed) return [];
    return listOf(value).flatMap((condition) => {
      const values = valuesOf(condition);
      if (values > 0) return name === 'name' || field?.ties === 'few' ? values * SORT.few : SORT.part;
      return isObject(condition) && 'containsAll' in condition ? SORT.part : [];
    });
  }));
}

/** Points of the order of a list of files, as it was sent: where no index has it, all files that fit are sorted for each page. */
export const orderPoints = (orderBy: unknown, where: unknown, fields: readonly MetadataField[]): number =>
  (orderBy == null || isServed(listOf(orderBy), where, fields) ? 0 : sortPoints(where, fields));
