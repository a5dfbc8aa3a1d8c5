import { describe, expect, it } from 'vitest';
import { parseJson, RawJson, stringifyResult } from '../../../src/read/raw-json.js';

describe('stringifyResult', () => {
  it('lets text through as it is, beyond 2^53 too', () => {
    expect(stringifyResult({ data: { files: new RawJson('{"bytes":9007199254740993}'), n: null, s: 'a"b' } }))
      .toBe('{"data":{"files":{"bytes":9007199254740993},"n":null,"s":"a\\"b"}}');
  });

  it('writes bigint as a number', () => {
    expect(stringifyResult({ data: { file: { bytes: 9007199254740993n } } })).toBe('{"data":{"file":{"bytes":9007199254740993}}}');
  });

  it('puts errors first and keeps null data', () => {
    expect(stringifyResult({ data: null, errors: [{ message: 'no' }] })).toBe('{"errors":[{"message":"no"}],"data":null}');
    expect(stringifyResult({ errors: [{ message: 'no' }] })).toBe('{"errors":[{"message":"no"}]}');
  });

  it('reads what it writes', () => {
    const text = '{"a":9007199254740993,"b":1.5,"c":[1,-9007199254740995],"d":"9007199254740993"}';
    expect(parseJson(text)).toEqual({ a: 9007199254740993n, b: 1.5, c: [1, -9007199254740995n], d: '9007199254740993' });
  });
});
