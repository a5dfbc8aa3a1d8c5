import { isStorableText } from './storable-text.js';

/** A JSON value whose integers beyond 2^53 are bigints. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** The type by the name that Postgres' jsonb_typeof gives. */
export function jsonType(value: JsonValue): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'bigint' ? 'number' : typeof value as 'boolean' | 'number' | 'string' | 'object';
}

/** Why Postgres could not hold the value, or could not hold it exactly; undefined where it can. */
export function faultOf(value: unknown): string | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return undefined;
  if (typeof value === 'string') return isStorableText(value) ? undefined : 'has a character that no text can have';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'is not a number that JSON has';
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? 'is a number that JSON does not carry exactly; write it in the query itself' : undefined;
  }
  if (typeof value !== 'object') return 'is no JSON value';
  for (const [key, member] of Object.entries(value)) {
    const fault = isStorableText(key) ? faultOf(member) : 'has a key with a character that no text can have';
    if (fault) return fault;
  }
  return undefined;
}
