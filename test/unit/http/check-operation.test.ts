import { parse, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { checkOperation } from '../../../src/http/check-operation.js';

function check(query: string): void {
  const document = parse(query);
  const operation = document.definitions.findLast((one) => one.kind === 'OperationDefinition') as OperationDefinitionNode;
  checkOperation(document, operation, 4);
}

describe('checkOperation', () => {
  it.each([
    '{ a { a { a { b } } } }',
    '{ a { ... on Query { ... { a { a { b } } } } } }',
    '{ __schema { types { fields { type { ofType { ofType { name } } } } } } }',
    'fragment f on Query { a { b } } { a { a { ...f } } b }',
    'query other { a { a { a { a { b } } } } } query this { b }',
  ])('takes %s', (query) => { expect(() => { check(query); }).not.toThrow(); });

  it.each([
    '{ a { a { a { a { b } } } } }',
    'fragment f on Query { a { a { b } } } { a { a { ...f } } }',
    'query other { b } query this { a { a { a { a { b } } } } }',
  ])('refuses %s', (query) => {
    expect(() => { check(query); }).toThrow(expect.objectContaining({ code: 'COST_LIMIT' }));
  });

  it('measures a fragment bomb at once', () => {
    const bomb = Array.from({ length: 60 }, (_, i) => `fragment f${i} on Query { x: a { ...f${i + 1} } y: a { ...f${i + 1} } }`).join(' ');
    expect(() => { check(`${bomb} fragment f60 on Query { b } { ...f0 }`); }).toThrow('61 levels');
  });

  it('refuses a thousand aliases', () => {
    const aliases = (count: number) => `{ ${Array.from({ length: count }, (_, i) => `a${i}: __typename`).join(' ')} }`;
    expect(() => { check(aliases(1000)); }).not.toThrow();
    expect(() => { check(aliases(1001)); }).toThrow(expect.objectContaining({ code: 'COST_LIMIT' }));
  });

  it.each(['mutation { a }', 'subscription { a }'])('answers no %s', (query) => {
    expect(() => { check(query); }).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});
