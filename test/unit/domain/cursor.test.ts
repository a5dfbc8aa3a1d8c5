import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCursorSeal, decodeCursor, SIGNATURE } from '../../../src/domain/cursor.js';

const secret = 'a secret of the tests';
const key = createCursorSeal(secret, 'all')({ where: 1 });
const sealed = (text: string, by = key) => Buffer.concat([Buffer.from(text), createHmac('sha256', by).update(text).digest().subarray(0, SIGNATURE)]).toString('base64url');
const cursor = (value: unknown, by = key) => sealed(JSON.stringify(value), by);
const isText = () => true;
const isDigits = (one: string | null) => one !== null && /^\d+$/.test(one);
const changed = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

describe('decodeCursor', () => {
  it('gives the keys back', () => {
    expect(decodeCursor(cursor(['a/é', null, '7']), key, [isText, isText, isDigits])).toEqual(['a/é', null, '7']);
  });

  it.each([
    ['of another query', cursor(['7'], createCursorSeal(secret, 'all')({ where: 2 }))],
    ['of a viewer who sees something else', cursor(['7'], createCursorSeal(secret, 'some')({ where: 1 }))],
    ['of another server', cursor(['7'], createCursorSeal('another secret', 'all')({ where: 1 }))],
    ['whose content was changed', changed(cursor(['7']), 2)],
    ['whose signature was changed', changed(cursor(['7']), cursor(['7']).length - 4)],
    ['without a signature', Buffer.from(JSON.stringify(['7'])).toString('base64url')],
    ['that is a signature alone', sealed('')],
    ['with too few keys', cursor([])],
    ['with too many', cursor(['1', '2'])],
    ['with null where none can be', cursor([null])],
    ['with a key that the column cannot have', cursor(['x'])],
    ['that is no base64url', '+/='],
    ['that is empty', ''],
    ['that is negative', '-1'],
    ['that is long', 'a'.repeat(1_000_000)],
  ])('refuses one %s', (_title, text) => {
    expect(() => decodeCursor(text, key, [isDigits])).toThrow(expect.objectContaining({ code: 'BAD_CURSOR' }));
  });
});
