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

/** Whether a number of the JSON may have more than 15 digits or an exponent. A loop: an expression takes longer than parsing. */
function mayBeRounded(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      digits += 1;
      if (digits === 16) return true;
    } else {
      if (digits && (code === 69 || code === 101)) return true;
      digits = 0;
    }
  }
  return false;
}

/** Parses metadata without loss: integers beyond 2^53 come as bigint. Null for what is no JSON object; an SQL or JSON null has no keys. */
export function parseMetadata(text: string | null): Record<string, unknown> | null {
  if (text === null || text === 'null') return {};
  // JSON.parse is several times faster, and exact as long as no number can have more than 15 digits.
  const value: unknown = mayBeRounded(text) ? parse(text, undefined, parseNumberAndBigInt) : JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}
