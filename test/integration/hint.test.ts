import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { openPolicy } from '../../src/auth/open-policy.js';
import { readConfig } from '../../src/config.js';
import { createMirrorPool, type MirrorPool } from '../../src/datasources/mirror/pool.js';
import { HINT } from '../../src/read/hint.js';
import { ask } from '../support/ask.js';
import { parseExactly } from '../support/parse-exactly.js';
import { testStack } from '../support/stack.js';
import { truth } from '../support/truth.js';

interface Condition { condition: string; files: number | null; more?: true; values?: unknown[]; valuesAre?: string; keys?: string[] }
interface Hint { path: unknown[]; message: string; conditions: Condition[] }

const stack = testStack();
const config = readConfig('serve', { ...stack.env, DIPPER_PORT: '0', DIPPER_LOG_LEVEL: 'silent' });

async function hintsOf(query: string, variables?: object, url = stack.urls.dipper): Promise<Hint[] | undefined> {
  const { text, errors } = await ask(url, query, variables);
  expect(errors).toBeUndefined();
  return (parseExactly(text) as { extensions?: { hints?: Hint[] } }).extensions?.hints;
}
const hintOn = async (where: object, url?: string): Promise<Hint> =>
  (await hintsOf('query ($where: FileFilter) { files(where: $where) { totalCount nodes { lfn } } }', { where }, url))![0]!;
const fitting = (fits: (metadata: Record<string, unknown>) => boolean) => truth().filter(({ metadata }) => fits(metadata)).length;
const obsIdOf = (metadata: Record<string, unknown>) => metadata['instance__obs_id'] ?? metadata['obs_id'];

describe('a list of files that is empty', () => {
  it('says how many files fit each condition alone, and which values there are', async () => {
    const { path, message, conditions: [condition, ...others] } = await hintOn({ dataType: { eq: 'Event' } });
    expect([path, message, others]).toEqual([['files'], 'No file fits dataType: { eq: "Event" }.', []]);
    expect(condition).toMatchObject({ condition: 'dataType: { eq: "Event" }', files: 0, valuesAre: 'all' });
    expect(condition!.values![0]).toBe('event'); // what is like it comes first
    expect(condition!.values).toEqual(expect.arrayContaining(['monitoring', 'log', 'report', 'Trigger']));
  });

  it('shows conditions that contradict each other, whole numbers exactly', async () => {
    const { message, conditions } = await hintOn({ obsId: { eq: 200000002, ne: '200000002' }, and: [{ bytes: { lt: '9223372036854775807' } }] });
    expect(message).toBe('Files fit each condition alone, but none fits all of them.');
    const files = Object.fromEntries(conditions.map((one) => [one.condition, one.files]));
    expect(files['obsId: { eq: 200000002 }']).toBe(fitting((metadata) => obsIdOf(metadata) === 200000002));
    expect(files['obsId: { ne: 200000002 }']).toBeGreaterThan(100);
    expect(files['bytes: { lt: 9223372036854775807 }']).toBeGreaterThanOrEqual(truth().length);
    expect(Object.keys(files)).toHaveLength(3);
    const { values: [smallest, largest] = [], valuesAre } = conditions.find(({ condition }) => condition.startsWith('obsId'))!;
    expect([valuesAre, typeof smallest, Number(smallest) <= 200000001, Number(largest) >= 200000020]).toEqual(['smallest and largest', 'number', true, true]);
  });

  it.each<[string, object, Partial<Condition>]>([
    ['a text without index', { siteId: { eq: 'ctao-north' } }, { condition: 'siteId: { eq: "ctao-north" }', files: 0, values: expect.arrayContaining(['CTAO-North', 'CTAO-South']) as unknown[] }],
    ['telescopes', { telIds: { containsAll: [4711] } }, { condition: 'telIds: { containsAll: [4711] }', files: 0, values: expect.arrayContaining([1, 2, 120]) as unknown[] }],
    ['times', { startTime: { gt: '2199-01-01T00:00:00Z' } }, { condition: 'startTime: { gt: "2199-01-01T00:00:00Z" }', files: 0, valuesAre: 'smallest and largest' }],
    ['an interval', { time: { overlaps: { from: '2199-01-01T00:00:00Z', to: '2199-01-02T00:00:00Z' } } }, { condition: 'time: { overlaps: { from: "2199-01-01T00:00:00Z", to: "2199-01-02T00:00:00Z" } }', files: 0, valuesAre: 'smallest and largest' }],
    ['an attribute', { metadata: [{ key: 'data_type', eq: 'Event' }] }, { condition: 'metadata: [{ key: "data_type", eq: "Event" }]', files: 0, values: expect.arrayContaining(['event', 'log']) as unknown[] }],
    ['an attribute of another type', { metadata: [{ key: 'obs_id', eq: '200000001' }] }, { condition: 'metadata: [{ key: "obs_id", eq: "200000001" }]', files: 0, values: expect.arrayContaining([200000001]) as unknown[] }],
    ['a key that there is not', { metadata: [{ key: 'Data_Type', eq: 'event' }] }, { files: 0, values: [], keys: expect.arrayContaining(['data_type']) as string[] }],
    ['a data centre', { replica: { dataCentre: 'pic' } }, { condition: 'replica: { dataCentre: "pic" }', files: 0, values: expect.arrayContaining(['PIC', 'DESY']) as unknown[] }],
    ['a name', { name: { eq: '/ctao/none' } }, { condition: 'name: { eq: "/ctao/none" }', files: 0 }],
    ['or', { or: [{ scope: { eq: 'nobody' } }, { obsId: { isNull: true }, dataType: { eq: 'Event' } }] }, { condition: 'or: [{ scope: { eq: "nobody" } }, { obsId: { isNull: true }, dataType: { eq: "Event" } }]', files: 0 }],
  ])('tells of %s', async (_title, where, expected) => {
    const { conditions } = await hintOn(where);
    expect(conditions).toEqual([expect.objectContaining(expected)]);
  });

  it('has the path of its answer, the same as text and as objects', async () => {
    const asked = 'a: files(where: { dataType: { eq: "Event" } }) { list: nodes { lfn } } b: files(first: 1) { nodes { lfn } } c: files(where: { scope: { eq: "nobody" } }) { totalCount }';
    const text = await hintsOf(`{ ${asked} }`);
    expect(text!.map(({ path }) => path)).toEqual([['a'], ['c']]);
    expect(await hintsOf(`{ ${asked} __schema { queryType { name } } }`)).toEqual(text);
  });

  it.each([
    ['a list that has files', '{ files(first: 1) { nodes { lfn } totalCount } }'],
    ['a page after a cursor', 'query ($after: String) { files(where: { scope: { eq: "acada" } }, first: 1000, after: $after) { nodes { lfn } } }'],
    ['a list that is not at the root', '{ datasets(first: 1) { nodes { files(where: { scope: { eq: "nobody" } }) { nodes { lfn } } } } }'],
  ])('is the only one with a hint: %s', async (_title, query) => {
    const { data } = await ask(stack.urls.dipper, '{ files(where: { scope: { eq: "acada" } }, first: 1000) { pageInfo { endCursor } } }');
    const after = (data as { files: { pageInfo: { endCursor: string } } }).files.pageInfo.endCursor;
    expect(await hintsOf(query, query.startsWith('query') ? { after } : undefined)).toBeUndefined();
  });
});

describe('what a hint may not do', () => {
  const apps: App[] = [];
  const serve = async (overrides: Parameters<typeof createApp>[1]): Promise<string> => {
    const app = await createApp(config, overrides);
    apps.push(app);
    return app.start();
  };
  let pool: MirrorPool;
  beforeAll(() => { pool = createMirrorPool({ url: config.mirrorUrl, size: 2, timeoutSeconds: 20, onError: () => undefined }); });
  afterAll(async () => {
    for (const app of apps) await app.stop();
    await pool.end();
  });

  const hintsBy = (row: MirrorPool['row']): MirrorPool => ({ ...pool, end: () => Promise.resolve(), row: (statement, signal) => (statement.text.startsWith(HINT) ? row : pool.row)(statement, signal) });

  it('show what the viewer may not see', async () => {
    const url = await serve({ policy: openPolicy({ files: { dataType: { ne: 'event' }, scope: { ne: 'acada' } } }) });
    const { conditions } = await hintOn({ dataType: { in: ['event', 'Event'] }, scope: { eq: 'acada' } }, url);
    const [scope, dataType] = conditions as [Condition, Condition];
    expect([scope.files, dataType.files]).toEqual([0, 0]);
    expect(scope.values).not.toContain('acada');
    expect(dataType.values).not.toContain('event');
    expect(dataType.values!.length).toBeGreaterThan(0);
  });

  it('take longer than a second', async () => {
    const url = await serve({ pool: hintsBy(() => new Promise(() => undefined)) });
    const begun = Date.now();
    const { conditions } = await hintOn({ dataType: { eq: 'Event' }, scope: { eq: 'nobody' } }, url);
    expect(Date.now() - begun).toBeLessThan(2000);
    expect(conditions.map(({ files, values }) => [files, values])).toEqual([[null, undefined], [null, undefined]]);
  });

  it('spoil the answer where it fails', async () => {
    const url = await serve({ pool: hintsBy(() => Promise.reject(new Error('a secret of the inside'))) });
    const { status, text } = await ask(url, '{ files(where: { dataType: { eq: "Event" } }) { totalCount } }');
    expect([status, text]).toEqual([200, expect.not.stringContaining('secret')]);
    expect(parseExactly(text)).toMatchObject({ data: { files: { totalCount: 0 } } });
    expect(text).not.toContain('hints');
  });
});
