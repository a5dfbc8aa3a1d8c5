import { describe, expect, it } from 'vitest';
import { scanDocument } from '../../../src/http/scan-document.js';

const limits = { tokens: 1000, brackets: 100, depth: 20, selections: 40, directives: 5, aliases: 10 };
const scan = (text: string) => { scanDocument(text, limits); };
const aliases = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `a${from + at}: name`).join(' ');

describe('aliases', () => {
  it.each([
    ['a selection', (count: number) => `{ ${aliases(count)} }`],
    ['a fragment', (count: number) => `{ ...F } fragment F on Query { ${aliases(count)} }`],
    ['a fragment within a fragment', (count: number) => `fragment G on Query { ${aliases(count)} } fragment F on Query { ...G } query ($v: Int = 1) { ...F }`],
    ['an inline fragment', (count: number) => `{ ... on Query @include(if: true) { ${aliases(count)} } }`],
    ['several places', (count: number) => `{ ${aliases(count - 5)} ...F } fragment F on Query { ${aliases(5, count)} }`],
    ['several operations', (count: number) => `query a { ${aliases(count - 5)} } query b { ${aliases(5, count)} }`],
  ])('are counted in %s', (_where, document) => {
    expect(() => { scan(document(10)); }).not.toThrow();
    expect(() => { scan(document(11)); }).toThrow(expect.objectContaining({ code: 'COST_LIMIT', message: 'The request has more than 10 aliases.' }));
  });

  it('are not what arguments and variables are named by', () => {
    expect(() => { scan(`query ($a: Int, $b: Int, $c: Int, $d: Int, $e: Int, $f: Int) { files(where: { a: { b: 1, c: 2 }, d: { e: $a } }, first: 5) { x: name } }`); }).not.toThrow();
  });
});

it('directives and selections are counted in fragments, too', () => {
  expect(() => { scan(`{ ...F } fragment F on Query { ${'name @skip(if: false) '.repeat(6)} }`); }).toThrow('more than 5 directives');
  expect(() => { scan(`{ ...F } fragment F on Query { ${'name '.repeat(41)} }`); }).toThrow('more than 40 selections');
});
