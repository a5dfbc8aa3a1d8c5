import { isDateTime } from './date-time.js';
import { fieldKeys, type FieldType, type MetadataField } from './metadata-field.js';
import { isStorableText } from './storable-text.js';

/** A field's value: BigInt as digits, Int and Float as number, DateTime as RFC 3339 in UTC. Null where there is none of the type. */
export type FieldValue = string | number | boolean | number[] | null;

// Longer texts stay in the metadata only: an index entry must fit into a page of Postgres.
const MAX_TEXT_BYTES = 1024;
const INT64 = 2n ** 63n;
const INT32 = 2n ** 31n;

/** Digits of a whole number, however a JSON parser hands numbers over: number, bigint or an object with exact digits. */
function integer(value: unknown, limit: bigint): bigint | null {
  let whole: bigint;
  if (typeof value === 'bigint') whole = value;
  else if (typeof value === 'number' && Number.isSafeInteger(value)) whole = BigInt(value);
  else if (isLossless(value) && /^-?\d{1,19}(\.0+)?$/.test(value.value)) whole = BigInt(value.value.replace(/\..*/, ''));
  else return null;
  return whole >= -limit && whole < limit ? whole : null;
}

function isLossless(value: unknown): value is { value: string } {
  return typeof value === 'object' && value !== null && 'isLosslessNumber' in value && 'value' in value && typeof value.value === 'string';
}

function int(value: unknown): number | null {
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

const timePattern = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?(?:\s?([Zz]|[+-]\d\d(?::?\d\d)?))?)?$/;

function dateTime(value: unknown): string | null {
  const match = typeof value === 'string' ? timePattern.exec(value) : null;
  if (!match) return null;
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const offset = zone.length === 3 ? `${zone}:00` : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const text = `${day}T${minute}:${second}${offset}`;
  if (!isDateTime(text)) return null;
  // Date knows milliseconds only: the fraction does not change with the zone, so it is carried along.
  const utc = new Date(text).toISOString();
  if (!/^\d{4}-/.test(utc) || utc.startsWith('0000')) return null;
  const digits = fraction.replace(/0+$/, '');
  return `${utc.slice(0, 19)}${digits && `.${digits}`}Z`;
}

function text(value: unknown): string | null {
  if (typeof value !== 'string' || !isStorableText(value)) return null;
  return value.length <= MAX_TEXT_BYTES / 4 || Buffer.byteLength(value) <= MAX_TEXT_BYTES ? value : null;
}

function float(value: unknown): number | null {
  const number = isLossless(value) ? Number(value.value) : typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

const readers: Record<FieldType, (value: unknown) => FieldValue> = {
  BigInt: (value) => integer(value, INT64)?.toString() ?? null,
  Int: int,
  '[Int]': intList,
  DateTime: dateTime,
  String: text,
  Float: float,
  Boolean: (value) => (typeof value === 'boolean' ? value : null),
};

function fieldValue(field: MetadataField, metadata: Readonly<Record<string, unknown>>): FieldValue {
  const read = readers[field.type];
  for (const key of fieldKeys(field)) {
    if (!Object.hasOwn(metadata, key)) continue;
    const conditions = Object.entries(field.when?.[key] ?? {});
    if (conditions.some(([other, wanted]) => !Object.hasOwn(metadata, other) || metadata[other] !== wanted)) continue;
    const value = read(metadata[key]);
    if (value !== null) return value;
  }
  return null;
}

/**
 * Values of the registry's fields, by column. The one way from metadata keys to typed values, for the mirror and for live reads:
 * the first key that has a value of the field's type wins; a value that does not fit (type, range, calendar, text that Postgres
 * cannot hold, text beyond 1024 bytes) counts as none. `metadata` must be parsed without loss (integers beyond 2^53 as bigint or
 * lossless-json's LosslessNumber). Never throws.
 */
export function deriveMetadata(fields: readonly MetadataField[], metadata: Readonly<Record<string, unknown>>): Record<string, FieldValue> {
  const values: Record<string, FieldValue> = {};
  for (const field of fields) values[field.column] = fieldValue(field, metadata);
  return values;
}
