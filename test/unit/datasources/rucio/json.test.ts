import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../../src/datasources/rucio/json.js';

describe('parseJson', () => {
  it.each<[string, unknown]>([
    ['{"obs_id": 9007199254740993, "sb_id": 9999999999}', { obs_id: 9007199254740993n, sb_id: 9999999999 }],
    ['[-9223372036854775808, 9223372036854775807]', [-9223372036854775808n, 9223372036854775807n]],
    ['[1234567890123456, 0.1234567890123456, 1e3, 2000000000000000.0]', [1234567890123456, 0.1234567890123456, 1000, 2000000000000000]],
    ['{"PIC": Infinity, "DESY": -Infinity, "CSCS": NaN}', { PIC: Infinity, DESY: -Infinity, CSCS: null }],
    [String.raw`{"Infinity": "to NaN and \"Infinity\" and \\", "n": Infinity}`, { Infinity: 'to NaN and "Infinity" and \\', n: Infinity }],
    ['"9007199254740993"', '9007199254740993'],
    ['{"a": 1, "a": 9007199254740993}', { a: 9007199254740993n }],
  ])('%s', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it('keeps a key named as a prototype a key', () => {
    expect(Object.keys(parseJson('{"__proto__": {"x": 9007199254740993}}') as object)).toEqual(['__proto__']);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it.each(['', '{', '[Infinity', '9007199254740993,', 'Infinit', '{"a": 12345678901234567'])('throws for %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('stays quick on long text', () => {
    const start = performance.now();
    parseJson(`["${'\\"x'.repeat(1_000_000)}", Infinity]`);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
