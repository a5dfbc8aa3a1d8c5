import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dataOf } from '../support/ask.js';
import { parseExactly } from '../support/parse-exactly.js';
import { testStack } from '../support/stack.js';
import { truth } from '../support/truth.js';

const url = testStack().urls.dipper;
const files = truth();

interface Name { scope: string; name: string }
interface TrueCollection extends Name { record: 'collection'; type: 'DATASET' | 'CONTAINER'; open: boolean; parents: Name[]; children: number; bytes?: number; metadata: object }
interface TrueRule extends Name { record: 'rule'; type: string; rse_expression: string; source_replica_expression: string | null; copies: number; state: string; locks_ok: number; locks_replicating: number; locks_stuck: number; lifetime: boolean }
interface TrueRse { record: 'rse'; name: string; type: string; attributes: Record<string, unknown>; files: number; bytes: number }

const records = readFileSync(new URL('../../dev/seed/truth-collections.ndjson', import.meta.url), 'utf8').trimEnd().split('\n').map((line) => parseExactly(line) as TrueCollection | TrueRule | TrueRse);
const of = <T extends (typeof records)[number]>(record: T['record']) => records.filter((one): one is T => one.record === record);
const collections = of<TrueCollection>('collection');
const rules = of<TrueRule>('rule');
const rses = of<TrueRse>('rse');
const key = ({ scope, name }: Name) => `${scope}:${name}`;
const scopes = [...new Set([...files, ...collections].map(({ scope }) => scope))];
const where = { scope: { in: scopes } };

describe('datasets and containers', () => {
  it.each([['datasets', 'DATASET'], ['containers', 'CONTAINER']] as const)('%s are those of the truth', async (field, type) => {
    const expected = collections.filter((one) => one.type === type);
    const more = type === 'DATASET' ? 'isOpen length bytes' : 'children { totalCount }';
    const data = await dataOf<Record<string, { totalCount: number; nodes: (Name & { id: string; metadata: object; parents: Name[]; isOpen?: boolean; length?: number; bytes?: number; children?: { totalCount: number } })[] }>>(url,
      `query ($where: DidFilter) { ${field}(where: $where, first: 500) { totalCount nodes { id scope name metadata parents { scope name } ${more} } } }`, { where });
    const answered = data[field]!;
    expect(answered.totalCount).toBe(expected.length);
    expect(answered.nodes.map(key)).toEqual(expected.map(key).sort());
    for (const node of answered.nodes) {
      const wanted = expected.find((one) => key(one) === key(node))!;
      expect(node.metadata).toEqual(wanted.metadata);
      expect(node.parents).toEqual(wanted.parents);
      expect(node.length ?? node.children?.totalCount, node.name).toBe(wanted.children);
      if (type === 'DATASET') expect([node.isOpen, node.bytes]).toEqual([wanted.open, wanted.bytes]);
    }
  });

  it("a dataset's files page through, by did and by node", async () => {
    const dataset = collections.filter(({ type }) => type === 'DATASET').sort((a, b) => b.children - a.children)[0]!;
    const expected = files.filter((file) => file.datasets.some((parent) => key(parent) === key(dataset))).map(({ name }) => name).sort();
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { did }: DatasetPage = await dataOf<DatasetPage>(url,
        'query ($scope: String!, $name: String!, $after: String) { did(scope: $scope, name: $name) { ... on Dataset { files(first: 7, after: $after) { nodes { lfn } totalCount pageInfo { hasNextPage endCursor } } } } }',
        { scope: dataset.scope, name: dataset.name, after });
      expect(did.files.totalCount).toBe(expected.length);
      seen.push(...did.files.nodes.map(({ lfn }) => lfn));
      ({ hasNextPage: more, endCursor: after } = did.files.pageInfo);
    }
    expect(seen).toEqual(expected);
    const { node } = await dataOf<{ node: { __typename: string; name: string; length: number } }>(url, `{ node(id: "Dataset:${key(dataset)}") { __typename ... on Dataset { name length } } }`);
    expect(node).toEqual({ __typename: 'Dataset', name: dataset.name, length: expected.length });
  });

  it('a tree is walked in one operation', async () => {
    const root = collections.find(({ type, parents, children }) => type === 'CONTAINER' && parents.length === 0 && children > 0)!;
    const { did } = await dataOf<{ did: { children: { nodes: Name[] } } }>(url,
      `{ did(scope: "${root.scope}", name: "${root.name}") { ... on Container { children { nodes { scope name __typename ... on Container { children { nodes { name } } } } } } } }`);
    expect(did.children.nodes.map(key)).toEqual(collections.filter(({ parents }) => parents.some((parent) => key(parent) === key(root))).map(key).sort());
  });

  it('within is any depth', async () => {
    const data = await dataOf<Record<string, { totalCount: number }>>(url, '{ datasets(where: { within: "/ctao/acada/DL0" }) { totalCount } containers(where: { within: "/ctao/acada/DL0" }) { totalCount } }');
    const below = (type: string) => collections.filter((one) => one.type === type && one.name.startsWith('/ctao/acada/DL0/')).length;
    expect(data).toEqual({ datasets: { totalCount: below('DATASET') }, containers: { totalCount: below('CONTAINER') } });
  });
});

interface DatasetPage { did: { files: { nodes: { lfn: string }[]; totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string } } } }

interface AnsweredRule extends Name { id: string; ruleId: string; didType: string; rseExpression: string; sourceReplicaExpression: string | null; copies: number; state: string; locksOkCnt: number; locksReplicatingCnt: number; locksStuckCnt: number; expiresAt: string | null }

it('rules are those of the truth, and found by either id', async () => {
  const selection = 'id ruleId scope name didType rseExpression sourceReplicaExpression copies state locksOkCnt locksReplicatingCnt locksStuckCnt expiresAt';
  const data = await dataOf<{ rules: { totalCount: number; nodes: AnsweredRule[] } }>(url, `query ($where: RuleFilter) { rules(where: $where, first: 1000) { totalCount nodes { ${selection} } } }`, { where });
  const asTruth = (rule: AnsweredRule) => [key(rule), rule.didType, rule.rseExpression, rule.sourceReplicaExpression, rule.copies, rule.state, rule.locksOkCnt, rule.locksReplicatingCnt, rule.locksStuckCnt, rule.expiresAt !== null];
  const expected = rules.map((rule) => [key(rule), rule.type, rule.rse_expression, rule.source_replica_expression, rule.copies, rule.state, rule.locks_ok, rule.locks_replicating, rule.locks_stuck, rule.lifetime]);
  expect(data.rules.totalCount).toBe(rules.length);
  expect(data.rules.nodes.map((rule) => JSON.stringify(asTruth(rule))).sort()).toEqual(expected.map((rule) => JSON.stringify(rule)).sort());

  const one = data.rules.nodes[0]!;
  const byId = await dataOf<Record<string, AnsweredRule>>(url, `{ a: rule(id: "${one.id}") { ${selection} } b: rule(id: "${one.ruleId}") { ${selection} } c: node(id: "${one.id}") { ... on Rule { ${selection} } } d: rule(id: "none") { id } }`);
  expect(byId).toEqual({ a: one, b: one, c: one, d: null });
});

it('RSEs are those of the truth, with usage', async () => {
  const { rses: answered } = await dataOf<{ rses: { name: string; type: string; dataCentre: string; isOffsite: boolean; location: string; qos: string; attributes: object; usage: { source: string; used: number; files: number }[] }[] }>(url,
    '{ rses { name type dataCentre isOffsite location qos attributes usage { source used files } } }');
  expect(answered).toEqual([...rses].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, type, attributes, files: count, bytes }) => ({
    name, type, dataCentre: attributes['site'], isOffsite: attributes['OFFSITE'] === true, location: attributes['location'], qos: attributes['QOS'],
    attributes: expect.objectContaining(attributes) as object, usage: [{ source: 'rucio', used: bytes, files: count }],
  })));
});
