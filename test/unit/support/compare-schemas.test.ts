import { expect, test } from 'vitest';
import { compareSchemas } from '../../support/compare-schemas.js';

const contract = `
  scalar BigInt
  interface Node { id: ID! }
  type Query { node(id: ID!): Node files(first: Int = 10, where: Filter): [File!]! }
  type File implements Node { id: ID! bytes: BigInt! state: State copies(rse: String): Int! }
  type Rule { id: ID! }
  union Thing = File | Rule
  enum State { OK STUCK }
  input Filter { name: String limit: Int = 20 state: State! }
  input Choice { name: String id: ID }
`;

type Change = [title: string, from: string, to: string, expected: Partial<Record<'missing' | 'wrong' | 'added', string[]>>];

const changes: Change[] = [
  ['nothing', 'scalar BigInt', 'scalar BigInt', {}],
  ['only descriptions and order', 'type Rule { id: ID! }', '"A rule." type Rule { "Its id." id: ID! }', {}],
  ['a type away', 'type Rule { id: ID! }\n  union Thing = File | Rule', 'union Thing = File', { missing: ['Rule'] }],
  ['a type more', 'scalar BigInt', 'scalar Long scalar BigInt', { added: ['Long'] }],
  ['a type of another kind', 'enum State { OK STUCK }', 'scalar State', { wrong: ['State: Scalar instead of Enum'] }],
  ['a field away', 'bytes: BigInt! ', '', { missing: ['File.bytes'] }],
  ['a field of another name', 'bytes: BigInt!', 'size: BigInt!', { missing: ['File.bytes'], added: ['File.size'] }],
  ['a field of another type', 'bytes: BigInt!', 'bytes: Int!', { wrong: ['File.bytes: Int! instead of BigInt!'] }],
  ['a field that may be null', 'bytes: BigInt!', 'bytes: BigInt', { wrong: ['File.bytes: BigInt instead of BigInt!'] }],
  ['a field that may not be null', 'state: State copies', 'state: State! copies', { wrong: ['File.state: State! instead of State'] }],
  ['a list whose items may be null', '[File!]!', '[File]!', { wrong: ['Query.files: [File]! instead of [File!]!'] }],
  ['an argument away', '(rse: String)', '', { missing: ['File.copies(rse:)'] }],
  ['an argument of another type', 'rse: String', 'rse: ID', { wrong: ['File.copies(rse:): ID instead of String'] }],
  ['an argument that is required', 'rse: String', 'rse: String!', { wrong: ['File.copies(rse:): String! instead of String'] }],
  ['an argument with another default', 'first: Int = 10', 'first: Int = 50', { wrong: ['Query.files(first:): default 50 instead of 10'] }],
  ['an argument without its default', 'first: Int = 10', 'first: Int', { wrong: ['Query.files(first:): default none instead of 10'] }],
  ['an argument with a default of its own', 'rse: String', 'rse: String = null', { wrong: ['File.copies(rse:): default null instead of none'] }],
  ['an argument more', 'rse: String', 'rse: String, type: String', { added: ['File.copies(type:)'] }],
  ['a required argument more', 'rse: String', 'rse: String, type: String!', {
    added: ['File.copies(type:)'], wrong: ['File.copies(type:): required beyond the contract'],
  }],
  ['an enum value away', 'OK STUCK', 'OK', { missing: ['State.STUCK'] }],
  ['an enum value in another case', 'OK STUCK', 'OK stuck', { missing: ['State.STUCK'], added: ['State.stuck'] }],
  ['an input field away', 'name: String ', '', { missing: ['Filter.name'] }],
  ['an input field of another type', 'name: String', 'name: [String!]', { wrong: ['Filter.name: [String!] instead of String'] }],
  ['an input field with another default', 'limit: Int = 20', 'limit: Int = 21', { wrong: ['Filter.limit: default 21 instead of 20'] }],
  ['an input field more', 'name: String', 'name: String scope: String', { added: ['Filter.scope'] }],
  ['a required input field more', 'name: String', 'name: String scope: String!', {
    added: ['Filter.scope'], wrong: ['Filter.scope: required beyond the contract'],
  }],
  ['an input of which exactly one field is given', 'input Choice', 'input Choice @oneOf', { wrong: ['Choice: @oneOf on one side only'] }],
  ['an interface not implemented', 'File implements Node', 'File', { wrong: ['File implements Node: not so'] }],
  ['an interface more', 'type Rule {', 'type Rule implements Node {', { added: ['Rule implements Node'] }],
  ['a union without one of its types', 'File | Rule', 'File', { wrong: ['Thing = Rule: not so'] }],
];

test.each(changes)('compareSchemas sees %s', (_title, from, to, expected) => {
  expect(contract).toContain(from);
  expect(compareSchemas(contract, contract.replace(from, to))).toEqual({ missing: [], wrong: [], added: [], ...expected });
});
