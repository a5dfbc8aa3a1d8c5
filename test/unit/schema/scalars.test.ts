import { parseValue, valueFromAST } from 'graphql';
import { describe, expect, it } from 'vitest';
import { BigIntScalar, DateTimeScalar, LfnScalar } from '../../../src/schema/scalars.js';

describe('BigInt', () => {
  it.each([['9223372036854775807'], ['-9223372036854775808'], ['0'], ['9007199254740993']])('takes %s exactly', (digits) => {
    expect(valueFromAST(parseValue(digits), BigIntScalar)).toBe(digits);
    expect(BigIntScalar.parseValue(digits)).toBe(digits);
    expect(BigIntScalar.serialize(digits)).toBe(BigInt(digits));
  });

  it.each([9223372036854775808n, '9223372036854775808', '-9223372036854775809', 2 ** 53, 1.5, NaN, Infinity, -0.5, '1e3', '', ' 1', '0x10', true, null, [], {}])('refuses %s', (value) => {
    expect(() => BigIntScalar.parseValue(value)).toThrow();
  });

  it.each(['1.5', '1e400', '9223372036854775808', 'true', '"many"', '{a: 1}'])('refuses the literal %s', (literal) => {
    expect(() => BigIntScalar.parseLiteral(parseValue(literal), {})).toThrow();
  });
});

describe('DateTime', () => {
  it.each(['2026-11-23T20:15:00Z', '2026-11-23T20:15:00.123456+01:00', '2024-02-29T00:00:00z', '0001-01-01T00:00:00Z'])('takes %s', (text) => {
    expect(DateTimeScalar.parseValue(text)).toBe(text);
  });

  it.each(['2026-11-23', '2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:00:60Z', '9999999-01-01T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01T00:00:00+25:00', '', 5, null])('refuses %s', (value) => {
    expect(() => DateTimeScalar.parseValue(value)).toThrow();
  });
});

describe('LFN', () => {
  it.each(['a\0b', 'a\ud800', 5, null, ['x']])('refuses %j', (value) => {
    expect(() => LfnScalar.parseValue(value)).toThrow();
  });
});
