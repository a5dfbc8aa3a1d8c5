import { describe, expect, it } from 'vitest';
import { ask, dataOf } from '../support/ask.js';
import { testStack } from '../support/stack.js';
import { truth, type TrueFile } from '../support/truth.js';

const url = testStack().urls.dipper;
const files = truth();

interface Page { nodes: { lfn: string }[]; totalCount: number; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null } }
/** Other tests add files in scopes of their own. */
const seeded = { scope: { in: [...new Set(files.map(({ scope }) => scope))] } };
const page = async ({ where = {}, ...variables }: { where?: object; orderBy?: object[]; first?: number; after?: string | null }): Promise<Page> => (await dataOf<{ files: Page }>(url,
  'query ($where: FileFilter, $orderBy: [FileOrder!], $first: Int, $after: String) { files(where: $where, orderBy: $orderBy, first: $first, after: $after) { nodes { lfn } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } }',
  { where: { and: [seeded, where] }, ...variables })).files;

/** Either generation of keys. */
const value = (file: TrueFile, ...keys: string[]) => keys.map((key) => file.metadata[key]).find((found) => found !== undefined);
const obsId = (file: TrueFile) => { const id = value(file, 'instance__obs_id', 'obs_id'); return typeof id === 'number' ? id : undefined; };
const dataType = (file: TrueFile) => value(file, 'data__type', 'data_type');
const on = (file: TrueFile, rse: string, state?: string) => file.replicas.some((replica) => replica.rse === rse && (state === undefined || replica.state === state));

describe('files(where:)', () => {
  it.each<[string, object, (file: TrueFile) => boolean]>([
    ['flat keys', { dataType: { eq: 'monitoring' }, obsId: { eq: 200000002 } }, (file) => dataType(file) === 'monitoring' && obsId(file) === 200000002],
    ['both generations of keys', { obsId: { gte: 200000009, lte: '200000012' } }, (file) => obsId(file)! >= 200000009 && obsId(file)! <= 200000012],
    ['in', { obsId: { in: [200000001, 200000015] } }, (file) => [200000001, 200000015].includes(obsId(file)!)],
    ['ne leaves out what is missing', { obsId: { ne: 200000001 } }, (file) => obsId(file) !== undefined && obsId(file) !== 200000001],
    ['not is the complement', { not: { obsId: { eq: 200000001 } } }, (file) => obsId(file) !== 200000001],
    ['isNull', { obsId: { isNull: true } }, (file) => obsId(file) === undefined],
    ['or', { or: [{ dataType: { eq: 'log' } }, { dataType: { startsWith: 'Tr' } }] }, (file) => dataType(file) === 'log' || String(dataType(file)).startsWith('Tr')],
    ['scope', { scope: { ne: 'acada' } }, (file) => file.scope !== 'acada'],
    ['name and size', { name: { contains: 'SUBARRAY' }, bytes: { gt: 1 } }, (file) => file.name.includes('SUBARRAY')],
    ['like with escapes', { name: { like: '%\\_CHUNK%' } }, (file) => /_CHUNK/.test(file.name)],
    ['replica on an RSE expression', { replica: { rse: 'site=PIC', state: ['AVAILABLE'] } }, (file) => on(file, 'PIC', 'AVAILABLE') || on(file, 'PIC-TAPE', 'AVAILABLE')],
    ['bad replica', { replica: { state: ['BAD'] } }, (file) => file.replicas.some(({ state }) => state === 'BAD')],
    ['two data centres, counted once each', { replica: { rse: 'OFFSITE', minDataCentres: 2 } }, (file) => offsiteCentres(file) >= 2],
    ['at most one data centre', { replica: { rse: 'OFFSITE', maxDataCentres: 1 } }, (file) => offsiteCentres(file) <= 1],
    ['a data centre by name', { replica: { dataCentre: 'DESY' } }, (file) => on(file, 'DESY')],
    ['within a container', { within: '/ctao/acada/DL0' }, (file) => file.name.startsWith('/ctao/acada/DL0/') && file.datasets.length > 0],
    ['nothing', { obsId: { eq: 1 } }, () => false],
    ['everything', {}, () => true],
  ])('%s', async (_title, where, fits) => {
    const expected = files.filter(fits).map(({ name }) => name).sort();
    const answered = await page({ where, first: 1000 });
    expect(answered.nodes.map(({ lfn }) => lfn).sort()).toEqual(expected);
    expect(answered.totalCount).toBe(expected.length);
  });

  it('has no blind spot: each of these conditions but the empty ones picks some and leaves some', () => {
    expect(files.filter((file) => dataType(file) === 'monitoring' && obsId(file) === 200000002).length).toBeGreaterThan(1);
    expect(files.filter((file) => file.replicas.some(({ state }) => state === 'BAD')).length).toBeGreaterThan(0);
    expect(files.filter((file) => file.scope !== 'acada').length).toBeGreaterThan(0);
    expect(files.filter((file) => obsId(file) === undefined).length).toBeGreaterThan(0);
    expect(files.filter((file) => file.name.includes('SUBARRAY')).length).toBeGreaterThan(0);
  });

  it('telIds as a set', async () => {
    const { nodes } = await page({ where: { telIds: { containsAll: [1, 2] } }, first: 1000 });
    const expected = files.filter((file) => [1, 2].every((tel) => ([] as unknown[]).concat(file.metadata['tel_ids'] ?? []).includes(tel))).map(({ name }) => name).sort();
    expect(nodes.map(({ lfn }) => lfn).sort()).toEqual(expected);
  });
});

function offsiteCentres(file: TrueFile): number {
  return new Set(file.replicas.filter(({ rse, state }) => state === 'AVAILABLE' && !['LA-PALMA', 'PARANAL'].includes(rse)).map(({ rse }) => rse.replace('-TAPE', ''))).size;
}

describe('facets', () => {
  interface Facet { field: string; values: { value: unknown; count: number }[]; otherCount: number; missingCount: number }
  const facets = async (where: object, arguments_: string): Promise<Facet> => (await dataOf<{ files: { facet: Facet } }>(url,
    `query ($where: FileFilter) { files(where: $where) { facet(${arguments_}) { field values { value count } otherCount missingCount } } }`, { where: { and: [seeded, where] } })).files.facet;
  const count = (values: unknown[]) => {
    const counts = new Map<unknown, number>();
    for (const one of values) counts.set(one, (counts.get(one) ?? 0) + 1);
    return [...counts].map(([of, number]) => ({ value: of, count: number }));
  };
  const byCount = (a: { count: number }, b: { count: number }) => b.count - a.count;

  it('count each value of the matching files', async () => {
    const matching = files.filter((file) => obsId(file)! >= 200000009);
    const values = matching.map(dataType).filter((one) => typeof one === 'string');
    const answered = await facets({ obsId: { gte: 200000009 } }, 'field: "dataType"');
    expect(new Set(answered.values)).toEqual(new Set(count(values)));
    expect(answered.values).toEqual([...answered.values].sort(byCount));
    expect([answered.field, answered.otherCount, answered.missingCount]).toEqual(['dataType', 0, matching.length - values.length]);
  });

  it('say what is beyond the limit', async () => {
    const values = count(files.map(obsId).filter((one) => one !== undefined)).sort(byCount);
    const answered = await facets({}, 'field: "obsId", limit: 3');
    expect(answered.values.map((one) => one.count)).toEqual(values.slice(0, 3).map((one) => one.count));
    expect(answered.otherCount).toBe(values.slice(3).reduce((sum, one) => sum + one.count, 0));
    expect(answered.missingCount).toBe(files.filter((file) => obsId(file) === undefined).length);
  });

  it('count members of lists, a file once for each', async () => {
    const tels = (file: TrueFile) => [...new Set(([] as unknown[]).concat(file.metadata['tel_ids'] ?? file.metadata['tel_id'] ?? (file.metadata['instance__ae_class'] === 'TEL' ? file.metadata['instance__ae_id'] : undefined) ?? []))];
    const answered = await facets({}, 'field: "telIds", limit: 1000');
    expect(new Set(answered.values)).toEqual(new Set(count(files.flatMap(tels))));
    expect(answered.missingCount).toBe(files.filter((file) => tels(file).length === 0).length);
  });

  it.each(['field: "nothing"', 'field: "dataType", limit: 0', 'field: "dataType", limit: 1001'])('refuse %s', async (arguments_) => {
    expect((await ask(url, `{ files { facet(${arguments_}) { otherCount } } }`)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('paging', () => {
  it.each<[string, object[]]>([
    ['by name', []],
    ['by a column with missing values', [{ field: 'OBS_ID', direction: 'DESC' }]],
    ['by two', [{ field: 'START_TIME' }, { field: 'BYTES', direction: 'DESC' }]],
  ])('%s shows each file once, in order', async (_title, orderBy) => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const answered: Page = await page({ orderBy, first: 37, after });
      expect(answered.totalCount).toBe(files.length);
      expect(answered.pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...answered.nodes.map(({ lfn }) => lfn));
      after = answered.pageInfo.hasNextPage ? answered.pageInfo.endCursor : null;
    } while (after);
    expect([...seen].sort()).toEqual(files.map(({ name }) => name).sort());
    const whole = await page({ orderBy, first: 1000 });
    expect(seen).toEqual(whole.nodes.map(({ lfn }) => lfn));
  });

  it.each<[string, object[]]>([
    ['by name', []],
    ['by a column with missing values, down', [{ field: 'OBS_ID', direction: 'DESC' }]],
    ['by two, one with missing values', [{ field: 'SUBARRAY_ID' }, { field: 'CREATED_AT', direction: 'DESC' }]],
  ])('%s goes backwards through the same list', async (_title, orderBy) => {
    const query = 'query ($where: FileFilter, $orderBy: [FileOrder!], $before: String) { files(where: $where, orderBy: $orderBy, last: 41, before: $before) { edges { cursor node { lfn } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }';
    interface Back { files: { edges: { cursor: string; node: { lfn: string } }[]; pageInfo: Page['pageInfo'] & { startCursor: string } } }
    const seen: string[] = [];
    for (let before: string | null = null, more = true; more;) {
      const { files: { edges, pageInfo } }: Back = await dataOf<Back>(url, query, { where: seeded, orderBy, before });
      expect([edges[0]!.cursor, edges.at(-1)!.cursor]).toEqual([pageInfo.startCursor, pageInfo.endCursor]);
      expect(pageInfo.hasNextPage).toBe(before !== null);
      seen.unshift(...edges.map(({ node }) => node.lfn));
      ({ hasPreviousPage: more, startCursor: before } = pageInfo);
    }
    expect(seen).toEqual((await page({ orderBy, first: 1000 })).nodes.map(({ lfn }) => lfn));
  });

  it('a stretch between two cursors', async () => {
    const { files: { edges } } = await dataOf<{ files: { edges: { cursor: string; node: { lfn: string } }[] } }>(url, 'query ($where: FileFilter) { files(where: $where, first: 20) { edges { cursor node { lfn } } } }', { where: seeded });
    const between = async (size: string) => (await dataOf<{ files: Page }>(url, `query ($where: FileFilter) { files(where: $where, ${size}, after: "${edges[4]!.cursor}", before: "${edges[9]!.cursor}") { nodes { lfn } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } }`, { where: seeded })).files;
    const lfns = (from: number, to: number) => edges.slice(from, to).map(({ node }) => ({ lfn: node.lfn }));
    for (const [size, nodes] of [['first: 10', lfns(5, 9)], ['last: 10', lfns(5, 9)], ['first: 2', lfns(5, 7)], ['last: 2', lfns(7, 9)]] as const) {
      const answered = await between(size);
      expect(answered.nodes).toEqual(nodes);
      expect(answered.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    }
  });

  it.each([['first', 'after'], ['last', 'before']])('of several observations: %s', async (count, cursor) => {
    // The list has one observation twice; its files come once.
    const where = { ...seeded, obsId: { in: [200000002, 200000009, 200000002, 200000010, 1] }, bytes: { gt: 0 } };
    const byName = (a: TrueFile, b: TrueFile) => (a.scope === b.scope ? (a.name < b.name ? -1 : 1) : a.scope < b.scope ? -1 : 1);
    const expected = files.filter((file) => where.obsId.in.includes(obsId(file)!)).sort(byName).map(({ name }) => name);
    expect(expected.length).toBeGreaterThan(20);
    const query = `query ($where: FileFilter, $at: String) { files(where: $where, ${count}: 6, ${cursor}: $at) { nodes { lfn } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const pages: string[][] = [];
    for (let at: string | null = null, more = true; more;) {
      const { files: { nodes, totalCount, pageInfo } }: { files: Page & { pageInfo: { startCursor: string } } } = await dataOf(url, query, { where, at });
      expect(totalCount).toBe(expected.length);
      pages.push(nodes.map(({ lfn }) => lfn));
      [at, more] = count === 'first' ? [pageInfo.endCursor, pageInfo.hasNextPage] : [pageInfo.startCursor, pageInfo.hasPreviousPage];
    }
    expect((count === 'first' ? pages : pages.reverse()).flat()).toEqual(expected);
  });

  it('puts missing values last', async () => {
    const { files: { nodes } } = await dataOf<{ files: { nodes: { obsId: number | null }[] } }>(url, 'query ($seeded: FileFilter) { files(where: $seeded, orderBy: [{ field: OBS_ID, direction: DESC }], first: 1000) { nodes { obsId } } }', { seeded });
    const ids = nodes.map((node) => node.obsId);
    expect(ids).toEqual([...ids].sort((a, b) => (b ?? -1) - (a ?? -1)));
  });
});

describe('bad input', () => {
  const lfn = files[0]!.name;
  it.each<[string, string, object | undefined, string, string?]>([
    ['a malformed LFN', '{ file(lfn: "no path") { lfn } }', undefined, 'BAD_USER_INPUT'],
    ['a scope that disagrees', `{ file(lfn: "elsewhere:${lfn}") { lfn } }`, undefined, 'BAD_USER_INPUT'],
    ['a malformed RSE expression', '{ rses(expression: "PIC||DESY") { name } }', undefined, 'BAD_USER_INPUT'],
    ['an unknown RSE', '{ files(where: { replica: { rse: "NOWHERE" } }) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['first of 0', '{ files(first: 0) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['first below 0', '{ files(first: -1) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['first beyond the limit', '{ files(first: 1001) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['first beyond 32 bits', '{ files(first: 2147483648) { totalCount } }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['first and last together', '{ files(first: 1, last: 1) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['last of 0', '{ files(last: 0) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['a broken cursor', '{ files(after: "!") { nodes { lfn } } }', undefined, 'BAD_CURSOR'],
    ['a value of the wrong type', '{ files(where: { obsId: { eq: "many" } }) { totalCount } }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['the same as a variable', 'query ($v: BigInt) { files(where: { obsId: { eq: $v } }) { totalCount } }', { v: 'many' }, 'BAD_USER_INPUT'],
    ['a 64-bit overflow', '{ files(where: { bytes: { gt: 9223372036854775808 } }) { totalCount } }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unsafe JSON number', 'query ($v: BigInt) { files(where: { obsId: { eq: $v } }) { totalCount } }', { v: 2 ** 53 }, 'BAD_USER_INPUT'],
    ['a time that no calendar has', '{ files(where: { startTime: { gt: "2026-02-30T00:00:00Z" } }) { totalCount } }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['a null operator', '{ files(where: { obsId: { eq: null } }) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['a null condition', '{ files(where: { obsId: null }) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['a condition without operator', '{ files(where: { obsId: {} }) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['a filter variable without value', 'query ($v: BigInt) { files(where: { obsId: { eq: $v, gt: 1 } }) { totalCount } }', {}, 'BAD_USER_INPUT'],
    ['a pattern with too many %', '{ files(where: { name: { like: "%a%b%c%" } }) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['a NUL', 'query ($v: String) { files(where: { name: { eq: $v } }) { totalCount } }', { v: 'a\0b' }, 'BAD_USER_INPUT'],
    ['a long alias', `{ ${'a'.repeat(64)}: files { nodes { lfn } } ${'b'.repeat(3)}: files { nodes { ${'c'.repeat(64)}: lfn } } }`, undefined, 'BAD_USER_INPUT'],
    ['an operation name that is not there', 'query a { mirror { state } }', undefined, 'OPERATION_RESOLUTION_FAILURE', 'b'],
    ['an operation too deep', `{ files { nodes ${'{ parents { ... on Dataset { files { nodes '.repeat(6)}{ lfn }${' } } } }'.repeat(6)} } }`, undefined, 'COST_LIMIT'],
  ])('%s is an error with a code', async (_title, query, variables, code, operationName) => {
    const { status, errors, text } = await ask(url, query, variables, operationName);
    expect(errors?.[0]?.extensions.code, text).toBe(code);
    expect([200, 400]).toContain(status);
    expect(text).not.toMatch(/\bat .*\.(js|ts):\d+|node_modules|stacktrace/);
  });

  it('a cursor of another query is refused', async () => {
    const { pageInfo } = await page({ first: 1 });
    const { errors } = await ask(url, `{ files(where: { obsId: { gt: 1 } }, after: "${pageInfo.endCursor}") { nodes { lfn } } }`);
    expect(errors?.[0]?.extensions.code).toBe('BAD_CURSOR');
  });

  it('an unknown LFN is null, and missing', async () => {
    const data = await dataOf<{ file: null; filesByLfn: object }>(url, `{ file(lfn: "/ctao/acada/none") { lfn } filesByLfn(lfns: ["/ctao/acada/none", "${lfn}"]) { found { lfn } missing } }`);
    expect(data).toEqual({ file: null, filesByLfn: { found: [{ lfn }], missing: ['/ctao/acada/none'] } });
  });

  it('more names than the limit are refused', async () => {
    const { errors } = await ask(url, 'query ($lfns: [LFN!]!) { filesByLfn(lfns: $lfns) { missing } }', { lfns: Array.from({ length: 1001 }, (_, index) => `/ctao/acada/f${index}`) });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
