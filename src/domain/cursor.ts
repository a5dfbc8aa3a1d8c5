import { createHash } from 'node:crypto';
import { DipperError } from '../errors.js';

/** A key of a cursor: the value's text, or null where it is missing. */
export type CursorKey = string | null;

/** Ties cursors to the query that they came from. */
export function queryDigest(query: unknown): string {
  const text = JSON.stringify(query, (_key, value: unknown) => (typeof value === 'bigint' ? { bigint: String(value) } : value));
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

export const foreignCursor = 'This cursor does not belong to this query. Take cursors from an answer to the same query, and use them as they are.';
const foreign = () => new DipperError('BAD_CURSOR', foreignCursor);

/** The keys in a cursor: base64url of a JSON array of the query's digest and as many keys as the order has. */
export function decodeCursor(cursor: string, digest: string, isKey: readonly ((key: CursorKey) => boolean)[]): CursorKey[] {
  if (cursor.length > 16_384 || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw foreign();
  let parts: unknown;
  try { parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')); } catch { throw foreign(); }
  if (!Array.isArray(parts) || parts.length !== isKey.length + 1 || parts[0] !== digest) throw foreign();
  const keys: unknown[] = parts.slice(1);
  return keys.map((key, index) => {
    if ((key === null || typeof key === 'string') && isKey[index]!(key)) return key;
    throw foreign();
  });
}
