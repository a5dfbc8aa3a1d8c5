import { z } from 'zod';
import { readValue } from './derive-metadata.js';
import { fieldKeys, fieldTypes, type MetadataField } from './metadata-field.js';
import { reservedColumns, reservedNames } from './reserved-names.js';

const text = z.string('is missing, or is no text').min(1, 'is empty');
const key = text.regex(/^[A-Za-z0-9_.-]+$/, 'has letters that no metadata key has');

const row = z.strictObject({
  name: text.regex(/^[a-z][A-Za-z0-9]*$/, 'is not a GraphQL name in camelCase'),
  key, aliases: z.array(key).default([]),
  type: z.enum(fieldTypes),
  // Postgres cuts names at 63 letters, and those of indexes are longer.
  column: text.regex(/^[a-z][a-z0-9_]{0,50}$/, 'is not the name of a column: lower-case letters, digits and _, at most 51'),
  when: z.record(key, z.record(key, z.string())).optional(),
  map: z.record(key, z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))).optional(),
  description: text, unit: text.optional(), ivoa: text.optional(),
  ucd: z.string().regex(/^[a-zA-Z]+(\.[a-zA-Z0-9]+)*(;[a-zA-Z]+(\.[a-zA-Z0-9]+)*)*$/, 'is not a UCD, such as time.start;obs.exposure').optional(),
  indexed: z.boolean().default(false), sortable: z.boolean().default(false), ties: z.literal('few').optional(), index: z.literal('small').optional(),
});

/** The properties that are right, so that each fault of a registry is found in one go. */
type Partly = Partial<MetadataField>;
const partly = (content: unknown): Partly => (typeof content !== 'object' || content === null ? {} : Object.fromEntries(
  Object.entries(row.shape).flatMap(([name, schema]) => {
    const { success, data } = schema.safeParse((content as Readonly<Record<string, unknown>>)[name]);
    return success && data !== undefined ? [[name, data]] : [];
  })));

function* faultsOfRow({ name, key, aliases, type, column, when, map, sortable, indexed, ties, index }: Partly): Generator<string> {
  if (name !== undefined && (reservedNames.has(name) || name in {})) yield `name: ${name} is taken by dipper itself`;
  if (column !== undefined && reservedColumns.has(column)) yield `column: ${column} is taken by the mirror itself`;
  if (type === '[Int]' && sortable) yield 'sortable: lists have no order';
  if (index === 'small' && !(indexed && ties === 'few')) yield 'index: a small one needs indexed: true and ties: few, for what shares a value is sorted';
  if (key === undefined) return;
  const keys = fieldKeys({ key, aliases });
  for (const twice of new Set(keys.filter((one, at) => keys.indexOf(one) < at))) yield `aliases: ${twice} is named twice`;
  for (const [property, of] of Object.entries({ when, map })) {
    for (const other of Object.keys(of ?? {})) if (!keys.includes(other)) yield `${property}: ${other} is none of the field's keys`;
  }
  if (type === undefined) return;
  for (const [from, words] of Object.entries(map ?? {})) {
    for (const word of Object.values(words)) {
      if (readValue(type, word) === null) yield `map: ${JSON.stringify(word)}, for values of ${from}, is no ${type}`;
    }
  }
}

/** What tells a field's values from another's: its keys, each with its condition and its words. */
const sources = ({ key, aliases, when, map }: Partly): string[] =>
  (key === undefined ? [] : [...new Set(fieldKeys({ key, aliases }))].map((one) => JSON.stringify([one, when?.[one] ?? {}, map?.[one] ?? {}])));

const shared: Readonly<Record<string, (field: Partly) => readonly (string | undefined)[]>> = {
  name: ({ name }) => [name], column: ({ column }) => [column], key: sources,
};

/** Names, columns and keys that more than one row has. */
function* faultsBetween(rows: readonly Partly[]): Generator<string> {
  for (const [property, valuesOf] of Object.entries(shared)) {
    const seen = new Map<string, number[]>();
    rows.forEach((field, index) => { for (const value of valuesOf(field)) if (value !== undefined) seen.set(value, [...seen.get(value) ?? [], index + 1]); });
    for (const [value, where] of seen) {
      const shown = property === 'key' ? (JSON.parse(value) as [string])[0] : value;
      if (where.length > 1) yield `rows ${where.join(' and ')} have the same ${property}, ${shown}`;
    }
  }
}

/** Reads the field registry. Gives its fields, or all that is wrong, one sentence each. */
export function readFieldRegistry(content: unknown): { fields: MetadataField[]; problems: string[] } {
  if (!Array.isArray(content)) return { fields: [], problems: ['as a whole: is not a list of fields'] };
  const rows = content.map(partly);
  const fields: MetadataField[] = [];
  const problems = content.flatMap((one: unknown, index) => {
    const { data, error } = row.safeParse(one);
    if (data) fields.push(data);
    const faults = [...(error?.issues ?? []).map(({ path, message }) => `${path.join('.') || 'as a whole'}: ${message}`), ...faultsOfRow(rows[index]!)];
    return faults.map((fault) => `row ${index + 1}${rows[index]!.name === undefined ? '' : ` (${rows[index]!.name})`}, ${fault}`);
  });
  return { fields, problems: [...problems, ...faultsBetween(rows)] };
}
