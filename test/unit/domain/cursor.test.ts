import { describe, expect, it } from 'vitest';
import { decodeCursor, queryDigest } from '../../../src/domain/cursor.js';

const digest = queryDigest({ where: 1 });
const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const isText = () => true;
const isDigits = (key: string | null) => key !== null && /^\d+$/.test(key);

describe('decodeCursor', () => {
  it('gives the keys back', () => {
    expect(decodeCursor(cursor([digest, 'a/é', null, '7']), digest, [isText, isText, isDigits])).toEqual(['a/é', null, '7']);
  });

  it.each([
    ['of another query', cursor([queryDigest({ where: 2 }), 'a'])],
    ['with too few keys', cursor([digest])],
    ['with too many', cursor([digest, '1', '2'])],
    ['with a key of another type', cursor([digest, 5])],
    ['with null where none can be', cursor([digest, null])],
    ['with a key that the column cannot have', cursor([digest, 'x'])],
    ['that is no list', cursor({ a: 1 })],
    ['that is no JSON', Buffer.from('[').toString('base64url')],
    ['that is no base64url', '+/='],
    ['that is empty', ''],
    ['that is long', 'a'.repeat(1_000_000)],
  ])('refuses one %s', (_title, text) => {
    expect(() => decodeCursor(text, digest, [isDigits])).toThrow(expect.objectContaining({ code: 'BAD_CURSOR' }));
  });
});
