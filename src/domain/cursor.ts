import { createHmac, timingSafeEqual } from 'node:crypto';
import { DipperError } from '../errors.js';

/** A key of a cursor: the value's text, or null where it is missing. */
export type CursorKey = string | null;

/** Letters of the signature that ends a cursor, in bytes. */
export const SIGNATURE = 16;

/** Gives the key, of 32 bytes, that signs the cursors of a query: all that decides which rows come, and in which order. */
export type CursorSeal = (query: unknown) => Buffer;

/** Cursors of one viewer, or of others who see the same. Whoever has the secret takes them. */
export const createCursorSeal = (secret: string, policyKey: string): CursorSeal => (query) => {
  const text = JSON.stringify([policyKey, query], (_key, value: unknown) => (typeof value === 'bigint' ? { bigint: String(value) } : value));
  return createHmac('sha256', secret).update(text).digest();
};

export const foreignCursor = 'This cursor does not belong to this query. Take cursors from an answer to the same query, and use them as they are.';
const foreign = () => new DipperError('BAD_CURSOR', foreignCursor);

/** The keys in a cursor: base64url of a JSON array of as many keys as the order has, and its signature. */
export function decodeCursor(cursor: string, key: Buffer, isKey: readonly ((key: CursorKey) => boolean)[]): CursorKey[] {
  if (cursor.length > 16_384 || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw foreign();
  const bytes = Buffer.from(cursor, 'base64url');
  const content = bytes.subarray(0, -SIGNATURE);
  const signature = createHmac('sha256', key).update(content).digest().subarray(0, SIGNATURE);
  if (bytes.length <= SIGNATURE || !timingSafeEqual(signature, bytes.subarray(-SIGNATURE))) throw foreign();
  const keys = JSON.parse(content.toString('utf8')) as CursorKey[];
  if (keys.length !== isKey.length || !keys.every((one, index) => isKey[index]!(one))) throw foreign();
  return keys;
}
