import { isLosslessNumber } from 'lossless-json';
import { isDateTime } from './date-time.js';
import { fieldKeys, type FieldType, type MetadataField } from './metadata-field.js';
import { isStorableText } from './storable-text.js';

/** A field's value: BigInt as digits, Int and Float as number, DateTime as RFC 3339 in UTC. Null where there is none of the type. */
export type FieldValue = string | number | boolean | number[] | string[] | null;

/** Column of mirror.file that names the columns of the fields whose keys disagree; null where all agree. */
export const KEY_CONFLICTS = 'key_conflicts';

// Longer texts stay in the metadata only: an index entry must fit into a page of Postgres.
const MAX_TEXT_BYTES = 1024;
const INT64 = 2n ** 63n;
const INT32 = 2n ** 31n;

/** Digits of a whole number, however a JSON parser hands numbers over: number, bigint or an object with exact digits. */
function integer(value: unknown, limit: bigint): bigint | null {
  let whole: bigint;
  if (typeof value === 'bigint') whole = value;
  else if (typeof value === 'number' && Number.isSafeInteger(value)) whole = BigInt(value);
  else if (isLosslessNumber(value) && /^-?\d{1,19}(\.0+)?$/.test(value.value)) whole = BigInt(value.value.replace(/\..*/, ''));
  else return null;
  return whole >= -limit && whole < limit ? whole : null;
}

function int(value: unknown): number | null {
  if (typeof value === 'number') return value === (value | 0) ? value | 0 : null;
  const whole = integer(value, INT32);
  return whole === null ? null : Number(whole);
}

function intList(value: unknown): number[] | null {
  if (!Array.isArray(value)) {
    const one = int(value);
    return one === null ? null : [one];
  }
  const all: number[] = [];
  for (const item of value) {
    const one = int(item);
    if (one === null) return null;
    all.push(one);
  }
  return all;
}

// Data models write nanoseconds; Postgres keeps microseconds, and what is finer is cut off.
const timePattern = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?(?:\s?([Zz]|[+-]\d\d(?::?\d\d)?))?)?$/;

function dateTime(value: unknown): string | null {
  const match = typeof value === 'string' ? timePattern.exec(value) : null;
  if (!match) return null;
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const isUtc = zone === 'Z' || zone === 'z';
  const offset = isUtc ? 'Z' : zone.length === 3 ? `${zone}:00` : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const local = `${day}T${minute}:${second}`;
  if (!isDateTime(local + offset)) return null;
  // Date knows milliseconds only: the fraction does not change with the zone, so it is carried along.
  const utc = isUtc ? local : new Date(local + offset).toISOString();
  if (!isUtc && (!/^\d{4}-/.test(utc) || utc.startsWith('0000'))) return null;
  const digits = fraction.slice(0, 6).replace(/0+$/, '');
  return `${utc.slice(0, 19)}${digits && `.${digits}`}Z`;
}

function text(value: unknown): string | null {
  if (typeof value !== 'string' || !isStorableText(value)) return null;
  return value.length <= MAX_TEXT_BYTES / 4 || Buffer.byteLength(value) <= MAX_TEXT_BYTES ? value : null;
}

function float(value: unknown): number | null {
  const number = isLosslessNumber(value) ? Number(value.value) : typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : null; // -0 becomes 0
}

const readers: Record<FieldType, (value: unknown) => FieldValue> = {
  BigInt: (value) => (typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : integer(value, INT64)?.toString() ?? null),
  Int: int,
  '[Int]': intList,
  DateTime: dateTime,
  String: text,
  Float: float,
  Boolean: (value) => (typeof value === 'boolean' ? value : null),
};

/** A value as the field's type keeps it; null where it does not fit. */
export function readValue(type: FieldType, value: unknown): FieldValue {
  return readers[type](value);
}

/** The value in the words of the field; of a list, each member. */
function translated(words: Readonly<Record<string, unknown>>, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => translated(words, one));
  const word = isLosslessNumber(value) ? value.value : typeof value === 'object' ? undefined : String(value);
  return word !== undefined && Object.hasOwn(words, word) ? words[word] : value;
}

/** Lists are compared as sets, as filters take them. */
function isSame(one: FieldValue, other: FieldValue): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  const [left, right] = [new Set<unknown>(one), new Set<unknown>(other)];
  return left.size === right.size && [...left].every((member) => right.has(member));
}

interface KeyPlan {
  readonly key: string;
  readonly when: readonly (readonly [other: string, wanted: string])[];
  readonly words: Readonly<Record<string, unknown>> | undefined;
}
interface FieldPlan { readonly column: string; readonly read: (value: unknown) => FieldValue; readonly keys: readonly KeyPlan[] }

// A snapshot derives millions: what follows from the registry alone is worked out once.
const plans = new WeakMap<readonly MetadataField[], readonly FieldPlan[]>();

function planOf(fields: readonly MetadataField[]): readonly FieldPlan[] {
  let plan = plans.get(fields);
  if (!plan) {
    plan = fields.map((field) => ({
      column: field.column, read: readers[field.type],
      keys: fieldKeys(field).map((key) => ({ key, when: Object.entries(field.when?.[key] ?? {}), words: field.map?.[key] })),
    }));
    plans.set(fields, plan);
  }
  return plan;
}

/**
 * Values of the registry's fields, by column. The one way from metadata keys to typed values, for the mirror and for live reads:
 * the first key that has a value of the field's type wins; a value that does not fit (type, range, calendar, text that Postgres
 * cannot hold, text beyond 1024 bytes) counts as none. Under KEY_CONFLICTS: columns of the fields for which a later key says
 * otherwise. `metadata` must be parsed without loss (integers beyond 2^53 as bigint or lossless-json's LosslessNumber). Never throws.
 */
export function deriveMetadata(fields: readonly MetadataField[], metadata: Readonly<Record<string, unknown>>): Record<string, FieldValue> {
  const values: Record<string, FieldValue> = {};
  const conflicts: string[] = [];
  for (const { column, read, keys } of planOf(fields)) {
    let value: FieldValue = null;
    for (const { key, when, words } of keys) {
      const given = metadata[key];
      if (given === undefined || !Object.hasOwn(metadata, key)) continue;
      if (when.length && when.some(([other, wanted]) => !Object.hasOwn(metadata, other) || metadata[other] !== wanted)) continue;
      const next = read(words ? translated(words, given) : given);
      if (next === null) continue;
      if (value === null) value = next;
      else if (!isSame(value, next)) {
        conflicts.push(column);
        break;
      }
    }
    values[column] = value;
  }
  values[KEY_CONFLICTS] = conflicts.length ? conflicts.sort() : null;
  return values;
}
