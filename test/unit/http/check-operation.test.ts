import { buildSchema, Kind, parse, validate, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createOperationCheck } from '../../../src/http/check-operation.js';
import type { Cost } from '../../../src/read/cost/operation-cost.js';

const schema = buildSchema(`
  type Query { a: A files(where: Where, orderBy: [Order!], first: Int, last: Int): FileConnection! filesByLfn(lfns: [String!]!, consistency: Consistency! = MIRROR): FilesByLfn! }
  type Mutation { a: A } type Subscription { a: A }
  enum Consistency { MIRROR LIVE } enum Key { OBS_ID NIGHT NAME BYTES CREATED_AT } enum Direction { ASC DESC } input Order { field: Key! direction: Direction = ASC }
  type A { a: A b: Int }
  input Where { obsId: Number night: Text bytes: Number name: Text scope: Text within: String or: [Where!] and: [Where!] } input Number { eq: Int in: [Int!] gt: Int } input Text { eq: String in: [String!] contains: String like: String }
  type FileConnection { nodes: [File!]! edges: [FileEdge!]! totalCount: Int! }
  type FileEdge { node: File! }
  type File { name: String! replicas: [Replica!]! files(first: Int): FileConnection! } type Replica { state: String }
  type FilesByLfn { found: [File!]! missing: [String!]! }
`);
const limits = { schema, fields: [{ name: 'obsId', key: 'obs_id', type: 'BigInt', column: 'obs_id', description: '', indexed: true, ties: 'few' } as const, { name: 'night', key: 'night', type: 'String', column: 'night', description: '', indexed: true } as const], pageSize: 1000, listValues: 250, depth: 6, cost: 20_000, nodes: 100_000 };
const check = createOperationCheck(limits);

function cost(query: string, variables: Record<string, unknown> = {}, mayIntrospect = true): Cost {
  const document = parse(query);
  expect(validate(schema, document).filter(({ message }) => !/never used/.test(message))).toEqual([]);
  const operation = document.definitions.findLast((one) => one.kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
  return check(document, operation, variables, mayIntrospect);
}
const points = (query: string, variables?: Record<string, unknown>) => cost(query, variables).points;
const refused = (query: string, variables?: Record<string, unknown>, code = 'COST_LIMIT', mayIntrospect = true) => { expect(() => cost(query, variables, mayIntrospect)).toThrow(expect.objectContaining({ code })); };

describe('depth', () => {
  it.each([
    '{ a { a { a { a { a { b } } } } } }',
    '{ a { ... on A { ... { a { a { a { a { b } } } } } } } }',
    '{ __schema { types { fields { type { ofType { ofType { ofType { name } } } } } } } }',
    'query other { a { a { a { a { a { a { b } } } } } } } query this { a { b } }',
  ])('takes %s', (query) => { expect(() => cost(query)).not.toThrow(); });

  it.each([
    '{ a { a { a { a { a { a { b } } } } } } }',
    'fragment f on A { a { a { a { b } } } } { a { a { a { ...f } } } }',
    'query other { a { b } } query this { a { a { a { a { a { a { b } } } } } } }',
  ])('refuses %s', (query) => { refused(query); });

  it('measures a fragment bomb at once', () => {
    const bomb = Array.from({ length: 60 }, (_, i) => `fragment f${i} on A { x: a { ...f${i + 1} } y: a { ...f${i + 1} } }`).join(' ');
    expect(() => cost(`${bomb} fragment f60 on A { b } { a { ...f0 } }`)).toThrow('62 levels');
  });
});

describe('cost', () => {
  it('grows with pages, pages within pages, and what is selected of each', () => {
    const [one, more, columns, nested] = ['{ files(first: 10) { nodes { name } } }', '{ files(first: 100) { nodes { name } } }', '{ files(first: 100) { nodes { name replicas { state } } } }', '{ files(first: 100) { nodes { files(first: 100) { nodes { name } } } } }'].map((query) => points(query));
    expect([one! < more!, more! < columns!, nested! > 50 * more!]).toEqual([true, true, true]);
    expect(cost('{ files(last: 7) { edges { node { replicas { state } } } } }').nodes).toBe(1 + 7 + 7 + 7 * 3);
    expect(cost('{ files { nodes { name } } }').nodes).toBe(101);
  });

  it('is that of the variables that come along', () => {
    const page = 'query ($first: Int = 5) { files(first: $first) { nodes { name } } }';
    expect([cost(page).nodes, cost(page, { first: 50 }).nodes, cost(page, { first: -3 }).nodes, cost(page, { first: 1e12 }).nodes]).toEqual([6, 51, 2, 1001]);
    expect(cost('query ($lfns: [String!]!) { filesByLfn(lfns: $lfns) { found { name } } }', { lfns: Array.from({ length: 300 }, () => 'x') }).nodes).toBe(301);
  });

  it('counts a variable at each use, and a list too long at none', () => {
    const where = { name: { eq: 'x'.repeat(900_000) } };
    const uses = (count: number) => `query ($w: Where) { ${Array.from({ length: count }, (_, i) => `a${i}: files(where: $w, first: 1) { nodes { name } }`).join(' ')} }`;
    expect(points(uses(10), { w: where })).toBeGreaterThan(9 * 450);
    refused(uses(100), { w: where });
    expect(() => cost(uses(1), { w: { name: { in: Array.from({ length: 250 }, String) } } })).not.toThrow();
    refused(uses(1), { w: { or: [{ name: { in: Array.from({ length: 251 }, String) } }] } });
    refused(`{ files(where: { name: { in: [${'"a" '.repeat(251)}] } }) { totalCount } }`);
  });

  it('is more where no index helps, and where Rucio itself is asked', () => {
    const total = (where: string) => points(`{ files(where: { ${where} }) { totalCount } }`);
    expect(total('obsId: { eq: 5 }, name: { contains: "x" }')).toBeGreaterThan(100);
    expect(total('name: { eq: "x" }') * 10).toBeLessThan(total('name: { like: "%x" }'));
    expect(total('or: [{ name: { eq: "x" } }]')).toBeGreaterThan(400);
    const live = (consistency: string) => points(`query ($c: Consistency! = ${consistency}) { filesByLfn(lfns: ["a", "b"], consistency: $c) { found { replicas { state } } } }`);
    expect(live('LIVE')).toBeGreaterThan(10 * live('MIRROR'));
  });

  it.each([
    ['[{ field: OBS_ID, direction: DESC }, { field: BYTES }]', ''], ['{ field: CREATED_AT }', ''], ['[{ field: NIGHT }]', ''], ['[]', ''], ['null', ''], ['{ field: NAME, direction: DESC }', 'scope: { eq: "a" }'],
    ['{ field: BYTES }', 'obsId: { eq: 5 }'], ['{ field: BYTES }', 'bytes: { gt: 5 }, and: [{ name: { in: ["a", "b"] } }]'],
  ])('of an order that an index serves, or of few files, is next to nothing: %s where %s', (orderBy, where) => {
    expect(points(`{ files(orderBy: ${orderBy}, where: { ${where} }) { nodes { name } } }`)).toBeLessThan(points(`{ files(where: { ${where} }) { nodes { name } } }`) + 15);
  });

  it.each([
    ['{ field: BYTES }', '', 15_000], ['[{ field: NAME }]', 'scope: { in: ["a"] }', 15_000], ['[{ field: NIGHT, direction: DESC }]', '', 15_000], ['[{ field: NIGHT }, { field: BYTES }]', '', 15_000], ['{ field: BYTES }', 'obsId: { gt: 0 }', 15_000],
    ['{ field: BYTES }', 'or: [{ obsId: { eq: 5 } }]', 15_000], ['{ field: BYTES }', 'night: { eq: "a" }', 1500], ['{ field: BYTES }', 'within: "/a"', 1500],
  ])('of an order that no index serves is that of sorting all that fit: %s where %s', (orderBy, where, least) => {
    expect(points(`{ files(orderBy: ${orderBy}, where: { ${where} }) { nodes { name } } }`)).toBeGreaterThan(least);
    expect(points('query ($o: [Order!], $w: Where) { files(orderBy: $o, where: $w) { nodes { name } } }', { o: { field: 'BYTES' }, w: { night: { eq: 'a' } } })).toBeGreaterThan(1500);
    if (least > 10_000) refused(`{ ${['a', 'b'].map((alias) => `${alias}: files(orderBy: ${orderBy}, where: { ${where} }) { nodes { name } }`).join(' ')} }`);
  });

  it('of a condition that no index serves is that of a search', () => {
    const page = (where: string) => points(`{ files(where: { ${where} }) { nodes { name } } }`);
    expect(page('bytes: { gt: 5 }')).toBeGreaterThan(10 * page('scope: { eq: "a" }'));
    expect(page('bytes: { gt: 5 }, obsId: { eq: 5 }')).toBeLessThan(2 * page('scope: { eq: "a" }'));
  });

  it('of what is skipped is nothing', () => {
    const skipped = (skip: boolean) => points('query ($skip: Boolean!) { files { nodes { name replicas @skip(if: $skip) { state } } } }', { skip });
    expect(skipped(true)).toBeLessThan(skipped(false));
  });

  it('of fragments is that of what they hold, each time', () => {
    const bomb = Array.from({ length: 20 }, (_, i) => `fragment f${i} on A { ${i % 4 === 0 ? 'b' : ''} ...f${i + 1} }`).join(' ');
    expect(points(`${bomb} fragment f20 on A { b } { a { ...f0 } }`)).toBe(points('{ a { b } }'));
    const twice = (depth: number): string => (depth === 0 ? 'b' : `x: a { ${twice(depth - 1)} } y: a { ${twice(depth - 1)} }`);
    expect(cost(`{ a { ${twice(4)} } }`).nodes).toBe(31);
    const wide = createOperationCheck({ ...limits, depth: 100 });
    const document = parse(`${Array.from({ length: 50 }, (_, i) => `fragment g${i} on A { x: a { ...g${i + 1} } y: a { ...g${i + 1} } }`).join(' ')} fragment g50 on A { b } { a { ...g0 } }`);
    expect(() => wide(document, document.definitions.at(-1) as OperationDefinitionNode, {}, true)).toThrow(/may give \d+ objects/);
  });
});

describe('introspection', () => {
  it('is for who may', () => {
    refused('{ __schema { queryType { name } } }', {}, 'FORBIDDEN', false);
    refused('{ a { b } ...F } fragment F on Query { __type(name: "A") { name } }', {}, 'FORBIDDEN', false);
    expect(() => cost('{ a { __typename } }', {}, false)).not.toThrow();
  });
});

it('answers no subscription', () => { refused('subscription { a { b } }', {}, 'BAD_USER_INPUT'); });
