import { parse, parseNumberAndBigInt } from 'lossless-json';
import type { FieldValue } from '../../domain/derive-metadata.js';

/** Values of columns as Postgres reads them from text. */
export function columnTexts(values: Readonly<Record<string, FieldValue>>): Record<string, string | null> {
  const texts: Record<string, string | null> = {};
  for (const column in values) texts[column] = columnText(values[column]!);
  return texts;
}

export function columnText(value: FieldValue): string | null {
  if (value === null) return null;
  return Array.isArray(value) ? `{${value.join(',')}}` : String(value);
}

/** Parses metadata without loss: integers beyond 2^53 come as bigint. Null for what is no JSON object; an SQL or JSON null has no keys. */
export function parseMetadata(text: string | null): Record<string, unknown> | null {
  if (text === null || text === 'null') return {};
  // JSON.parse is several times faster, and exact as long as no number can have more than 15 digits.
  const value: unknown = /\d{16}|\d[eE]/.test(text) ? parse(text, undefined, parseNumberAndBigInt) : JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}
