import { describe, expect, it } from 'vitest';
import { ask, dataOf } from '../support/ask.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const url = stack.urls.dipper;
const times = (count: number, part: (index: number) => string) => Array.from({ length: count }, (_, index) => part(index)).join(' ');
const page = (inner: string, first = 10) => `files(first: ${first}) { nodes { ${inner} } }`;

/** Refused at once, with a short sentence and 400; a document that is not valid has 200 where the older media type is asked for. */
async function refused(query: string, variables?: object, codes = /^COST_LIMIT$/): Promise<void> {
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    const begun = Date.now();
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body: JSON.stringify({ query, variables }) });
    const text = await response.text();
    expect(Date.now() - begun, 'milliseconds').toBeLessThan(5000); // far less alone
    expect((JSON.parse(text) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code, text.slice(0, 300)).toMatch(codes);
    expect(response.status, text.slice(0, 300)).toBe(/GRAPHQL_VALIDATION_FAILED/.test(text) && accept === 'application/json' ? 200 : 400);
    expect(text.length).toBeLessThan(20_000);
  }
  expect((await ask(url, '{ mirror { state } }')).status).toBe(200);
}

/** Lists of files in datasets of files, within each other. */
const cycle = (depth: number): string => (depth === 0 ? 'name' : `parents { ... on Dataset { files(first: 10) { nodes { ${cycle(depth - 4)} } } } }`);

describe('what would cost too much is refused before it runs', () => {
  it('case 1: one resolver under 1,000 aliases', () => refused(`{ ${times(1000, (n) => `a${n}: mirror { state }`)} }`));
  it('case 2: __typename under 1,000 aliases', () => refused(`{ ${times(1000, (n) => `a${n}: __typename`)} }`));
  it('case 3: one field 5,000 times', () => refused(`{ files { nodes { ${times(5000, () => 'name')} } } }`));
  it('case 5: depth 20 over the cycle of files and datasets', async () => {
    await refused(`{ ${page(cycle(20))} }`);
    await refused(`{ ${page(cycle(12))} }`); // less deep than the limit: the nodes are too many
  });
  it('case 6: 2,000 braces, and variables 100,000 deep', async () => {
    await refused(times(2000, () => '{'), undefined, /^BAD_USER_INPUT$/);
    const deep = `{"query":"query ($w: FileFilter) { files(where: $w) { totalCount } }","variables":{"w":${'{"not":'.repeat(100_000)}{}${'}'.repeat(100_000)}}}`;
    expect((await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: deep })).status).toBe(400);
  });
  it('case 7: fragments in a circle', async () => {
    await refused('{ files { ...A } } fragment A on FileConnection { ...B } fragment B on FileConnection { nodes { name } ...A }', undefined, /^GRAPHQL_VALIDATION_FAILED$/);
  });
  it('case 8: a fragment bomb of 2^20', async () => {
    const bomb = (of: (n: number) => string, end: string) => `${times(20, (n) => `fragment f${n} on Did { ${of(n + 1)} }`)} fragment f20 on Did { ${end} }`;
    await refused(`${bomb((n) => `a: parents { ...f${n} } b: parents { ...f${n} }`, 'name')} { ${page('...f0', 1)} }`);
    await refused(`${bomb((n) => `... on Dataset { files(first: 1) { nodes { ...f${n} } } } ... on File { parents { ...f${n} } }`, 'name')} { ${page('...f0', 1)} }`);
    // The same fragments at one level are one: nothing is wrong with them.
    await dataOf(url, `${bomb((n) => `...f${n} ...f${n}`, 'name')} { ${page('...f0', 1)} }`);
  });
  it.each([500, 5000])('case 9: %i directives', (count) => refused(`{ files { nodes { name ${times(count, () => '@include(if: true)')} } } }`));
  it('case 9: 500 directives on as many fields', () => refused(`{ files { nodes { ${times(500, () => 'name @include(if: true)')} } } }`));
  it('case 10: introspection within introspection', () => refused('{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }', undefined, /^(COST_LIMIT|GRAPHQL_VALIDATION_FAILED)$/));
  it.each([0, -1, 1001, 2 ** 31])('case 11: first = %d', async (first) => {
    const { data, errors } = await ask(url, `{ files(first: ${first}) { nodes { name } } }`);
    expect(data ?? null).toBe(null);
    expect(errors?.[0]?.extensions.code).toMatch(/^(BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED)$/);
  });
  it('case 11: first = null and left out are 100', async () => {
    for (const first of ['(first: null)', '']) expect((await dataOf<{ files: { nodes: unknown[] } }>(url, `{ files${first} { nodes { name } } }`)).files.nodes).toHaveLength(100);
  });
  it('case 11: pages within pages beyond the node budget', async () => {
    await refused('{ datasets(first: 1000) { nodes { files(first: 1000) { nodes { name } } } } }');
    await refused('query ($n: Int!) { datasets(first: $n) { edges { node { files(first: $n) { edges { node { name } } } } } } }', { n: 400 });
    await dataOf(url, '{ datasets(first: 100) { nodes { files(first: 100) { nodes { name } } } } }');
  });
  it('case 14: one variable of 900 kB under 100 aliases', async () => {
    const query = (count: number) => `query ($v: String) { ${times(count, (n) => `a${n}: files(first: 1, where: { name: { eq: $v } }) { nodes { name } }`)} }`;
    await dataOf(url, query(1), { v: 'x'.repeat(900_000) });
    await refused(query(100), { v: 'x'.repeat(900_000) });
  });
  it.each(['[{ field: "NAME; drop table mirror.file" }]', '[{ field: NAME, direction: "desc nulls first" }]', '[{ field: LFN }]', '{ field: pg_sleep }'])('case 20: an order of %s', async (order) => {
    await refused(`{ files(orderBy: ${order}) { nodes { name } } }`, undefined, /^GRAPHQL_VALIDATION_FAILED$/);
    const { errors } = await ask(url, 'query ($o: [FileOrder!]) { files(orderBy: $o) { nodes { name } } }', { o: [{ field: order }] });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
  it('a document of too many tokens', () => refused(`{ files(where: { name: { in: [${times(20_000, () => '"a"')}] } }) { totalCount } }`));
  it('5,000 operations in one document', () => refused(times(5000, (n) => `query q${n} { mirror { state } }`)));
});

describe('cost', () => {
  const costOf = async (query: string) => ((JSON.parse((await ask(url, query)).text) as { extensions: { cost: { requested: number; limit: number } } }).extensions.cost);

  it('is told with each answer, and its limits are published', async () => {
    const { limits } = await dataOf<{ limits: Record<string, number> }>(url, '{ limits { cost nodes aliases listValues depth } }');
    expect(limits).toEqual({ cost: 20_000, nodes: 100_000, aliases: 100, listValues: 250, depth: 16 });
    const [one, many] = [await costOf('{ files(first: 1) { nodes { name } } }'), await costOf('{ files(first: 1000) { nodes { name replicas { state } } } }')];
    expect([one.limit, many.limit]).toEqual([20_000, 20_000]);
    expect(many.requested).toBeGreaterThan(10 * one.requested);
  });

  it('case 15: what no index serves costs more', async () => {
    const of = (where: string) => costOf(`{ files(first: 10, where: { ${where} }) { nodes { name } } }`);
    expect((await of('name: { like: "%x%" }')).requested).toBeGreaterThan(10 * (await of('name: { startsWith: "x" }')).requested);
    expect((await of('bytes: { gt: 5 }')).requested).toBeGreaterThan(10 * (await of('scope: { eq: "x" }')).requested);
    expect((await of('dataType: { contains: "x" }')).requested).toBeGreaterThan(10 * (await of('dataType: { eq: "x" }')).requested);
  });
});
