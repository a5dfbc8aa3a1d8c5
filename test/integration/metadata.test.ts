import { stringify } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { ask, dataOf } from '../support/ask.js';
import { fitsCondition, type Condition } from '../support/metadata-oracle.js';
import { testStack } from '../support/stack.js';
import { truth } from '../support/truth.js';

const url = testStack().urls.dipper;
const files = truth();
const scope = { in: [...new Set(files.map((file) => file.scope))] };

/** The condition as a literal of GraphQL, so that integers keep all their digits. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([key, member]) => `${key}: ${literal(member)}`).join(', ')}}`;
  return stringify(value)!;
}

async function found(condition: Condition): Promise<string[]> {
  const { files: { nodes } } = await dataOf<{ files: { nodes: { lfn: string }[] } }>(url,
    `query ($scope: StringFilter) { files(where: { scope: $scope, metadata: [${literal(condition)}] }, first: 1000) { nodes { lfn } } }`, { scope });
  return nodes.map(({ lfn }) => lfn).sort();
}

/** Every value that occurs, with its key, and values that are near it or of another type. */
const stored = files.flatMap(({ metadata }) => Object.entries(metadata)).filter(([key], index, all) => all.findIndex(([other]) => other === key) === index);
const probes = [5, 0, -1, 20.5, 9007199254740993n, 9223372036854775807n, '', 'good', 'event', '200000002', 200000002, true, false, [], ['crab', 'wobble'], [1, 'a'], { name: 'ICRS', epoch: 2000 }, {}];
const orders = ['lt', 'lte', 'gt', 'gte'] as const;

describe('metadata conditions', () => {
  it('on every key that occurs, with its own value and with values of every type, agree with plain code', async () => {
    const conditions: Condition[] = stored.flatMap(([key, value]) => {
      const values = value === null ? probes.slice(0, 8) : [value, ...probes.filter((_, index) => (index + key.length) % 3 === 0)];
      return [
        ...values.flatMap((one) => [{ key, eq: one }, { key, ne: one }, { key, contains: one }]),
        ...values.filter((one) => ['number', 'bigint', 'string'].includes(typeof one)).map((one, index) => ({ key, [orders[index % 4]!]: one })),
        { key, in: values }, { key, notIn: values.slice(0, 1) }, { key, notIn: [] }, { key, in: [] },
        { key, isNull: true }, { key, isNull: false }, { key, startsWith: 'g' }, { key, like: '%o%' }, { key, like: '%\\%\\_%' }, { key, like: '_ood' },
      ] as Condition[];
    });
    expect(conditions.length).toBeGreaterThan(500);
    let matching = 0;
    for (const condition of conditions) {
      const expected = files.filter(({ metadata }) => fitsCondition(metadata, condition)).map(({ name }) => name).sort();
      expect(await found(condition), literal(condition)).toEqual(expected);
      if (expected.length > 0) matching += 1;
    }
    console.log(`${conditions.length} conditions, ${matching} of which match some file`);
  }, 120_000);

  it('all hold, mix with columns and replicas, and turn round with not', async () => {
    const where = { scope, metadata: [{ key: 'data_level', eq: 'DL0' }, { key: 'tel_ids', contains: 1 }], replica: { rse: 'OFFSITE', minDataCentres: 2 } };
    const query = 'query ($where: FileFilter, $scope: StringFilter) { yes: files(where: $where) { totalCount } no: files(where: { scope: $scope, not: $where }) { totalCount } }';
    const data = await dataOf<{ yes: { totalCount: number }; no: { totalCount: number } }>(url, query, { where, scope });
    expect(data.yes.totalCount).toBeGreaterThan(0);
    expect(data.yes.totalCount + data.no.totalCount).toBe(files.length);
  });

  it('work on datasets', async () => {
    const { datasets } = await dataOf<{ datasets: { nodes: { name: string }[] } }>(url, '{ datasets(where: { metadata: [{ key: "obs_id", eq: 200000002 }, { key: "data_type", eq: "monitoring" }] }) { nodes { name } } }');
    expect(datasets.nodes).toEqual([{ name: '/ctao/user/j/jdoe/analysis/crab' }]);
  });

  it.each<[string, string, object | undefined]>([
    ['no operator', '[{ key: "a" }]', undefined],
    ['a null', '[{ key: "a", eq: null }]', undefined],
    ['an order of truths', '[{ key: "a", lt: true }]', undefined],
    ['a number that JSON has rounded', '[{ key: "a", eq: $value }]', { value: 2 ** 60 }],
    ['a text that cannot be', '[{ key: "a", eq: $value }]', { value: ['a\0'] }],
    ['a variable without value', '[{ key: "a", eq: $value, ne: 1 }]', {}],
  ])('refuse %s', async (_title, metadata, variables) => {
    const { errors, text } = await ask(url, `query ${variables ? '($value: JSON)' : ''} { files(where: { metadata: ${metadata} }) { totalCount } }`, variables);
    expect(errors?.[0]?.extensions.code, text).toBe('BAD_USER_INPUT');
  });
});
