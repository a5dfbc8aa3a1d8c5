import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildSchema, GraphQLInputObjectType, GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, dataOf } from '../support/ask.js';
import { makeProfileArchive, profileFiles, startServe } from '../support/profile-archive.js';
import { registry } from '../support/registry.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';

interface Values { instrument: string | null; energy: number | null; runNumber: number | null; calibrated: boolean | null; detectors: number[] | null; takenAt: string | null; neutrons: bigint | number | null }
const none: Values = { instrument: null, energy: null, runNumber: null, calibrated: null, detectors: null, takenAt: null, neutrons: null };

// Metadata as Rucio has them, and what they mean by hand.
const archive: Readonly<Record<string, [meta: string, values: Partial<Values>]>> = {
  'run/1.nxs': ['{"instrument_name": "SANS", "energy_mev": 0.1, "run": 1, "calibrated": true, "banks": ["front", "rear"], "taken": "2026-11-23T08:00:00.5", "monitor_counts": 9007199254740993}',
    { instrument: 'sans', energy: 0.1, runNumber: 1, calibrated: true, detectors: [1, 2], takenAt: '2026-11-23T08:00:00.5+00:00', neutrons: 9007199254740993n }],
  'run/2.nxs': ['{"inst": 22, "energy_mev": 5, "run_number": -2147483648, "quality": "raw", "banks": [3], "taken": "2026-11-22"}',
    { instrument: 'sans', energy: 5, runNumber: -2147483648, calibrated: false, detectors: [3], takenAt: '2026-11-22T00:00:00+00:00' }],
  'run/3.nxs': ['{"inst": "7", "energy_mev": -0.0, "run": 3, "quality": "good", "banks": "front", "monitor_counts": -5}',
    { instrument: 'reflectometer', energy: 0, runNumber: 3, calibrated: true, detectors: [1], neutrons: -5 }],
  'run/4.nxs': ['{"inst": "spectrometer", "energy_mev": 1e-300, "run": 2147483647, "banks": []}', { instrument: 'spectrometer', energy: 1e-300, runNumber: 2147483647, detectors: [] }],
  'run/5.nxs': ['{"instrument_name": "powder", "energy_mev": 1.7976931348623157e308, "calibrated": false, "taken": "2026-11-23T08:00:00.500Z"}',
    { instrument: 'powder', energy: 1.7976931348623157e308, calibrated: false, takenAt: '2026-11-23T08:00:00.5+00:00' }],
  // Of the wrong type, out of range, or absent: no value.
  'run/6.nxs': ['{"instrument_name": 5, "energy_mev": "5", "run": 2147483648, "calibrated": "yes", "banks": ["middle"], "taken": "soon", "monitor_counts": 1.5}', {}],
  'run/7.nxs': ['{"energy_mev": 1e400, "run": 1.5}', {}],
  'run/8.nxs': ['{}', {}],
};
const names = Object.keys(archive);
const valuesOf = (name: string): Values => ({ ...none, ...archive[name]![1] });

const stack = testStack();
let scratch: ScratchDatabase;
let env: Record<string, string>;
let serve: { url: string; stop(): Promise<void> };

beforeAll(async () => {
  scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  await makeProfileArchive(scratch.url, Object.fromEntries(names.map((name) => [name, archive[name]![0]])));
  env = { ...stack.env, ...profileFiles, DATABASE_URL: scratch.url };
  serve = await startServe(env);
});
afterAll(async () => {
  await serve?.stop();
  await scratch.drop();
});

const found = async (where: string, rest = ''): Promise<string[]> =>
  (await dataOf<{ files: { nodes: { name: string }[] } }>(serve.url, `{ files(where: { ${where} }${rest}) { nodes { name } } }`)).files.nodes.map(({ name }) => name);

it('has a schema of its own fields only', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['dist/src/main.js', 'schema'], { env: { ...process.env, ...profileFiles } });
  const schema = buildSchema(stdout);
  const file = (schema.getType('File') as GraphQLObjectType).getFields();
  const filter = (schema.getType('FileFilter') as GraphQLInputObjectType).getFields();
  for (const { name } of registry) {
    expect(file).not.toHaveProperty(name);
    expect(filter).not.toHaveProperty(name);
  }
  expect(filter).not.toHaveProperty('time');
  expect(Object.fromEntries(Object.keys(none).map((name) => [name, `${file[name]!.type} ${filter[name]!.type}`]))).toEqual({
    instrument: 'String StringFilter', energy: 'Float FloatFilter', runNumber: 'Int IntFilter', calibrated: 'Boolean BooleanFilter',
    detectors: '[Int!] IntListFilter', takenAt: 'DateTime DateTimeFilter', neutrons: 'BigInt BigIntFilter',
  });
  expect(schema.getType('IntervalFilter')).toBeUndefined();
  expect(schema.getType('FileOrderField')!.toConfig()).toMatchObject({ values: { RUN_NUMBER: {}, ENERGY: {}, CALIBRATED: {}, TAKEN_AT: {} } });
});

it('gives values of each type, and `fields`', async () => {
  const { files, fields } = await dataOf<{ files: { nodes: (Values & { name: string })[] }; fields: { name: string; type: string; unit: string | null; operators: string[] }[] }>(serve.url,
    `{ files { nodes { name ${Object.keys(none).join(' ')} } } fields { name type unit operators } }`);
  expect(files.nodes).toEqual(names.map((name) => ({ name, ...valuesOf(name) })));
  const numeric = ['eq', 'ne', 'in', 'notIn', 'lt', 'lte', 'gt', 'gte', 'isNull'];
  expect(fields.find(({ name }) => name === 'energy')).toEqual({ name: 'energy', type: 'Float', unit: 'meV', operators: numeric });
  expect(fields.find(({ name }) => name === 'calibrated')!.operators).toEqual(['eq', 'ne', 'isNull']);
});

type Test = (stored: never, value: never) => boolean;
const key = (value: unknown) => (typeof value === 'string' && /^\d{4}-/.test(value) ? Date.parse(value) : value) as number;
const ordered: Record<string, Test> = {
  eq: (a, b) => key(a) === key(b), ne: (a, b) => key(a) !== key(b), lt: (a, b) => key(a) < key(b), lte: (a, b) => key(a) <= key(b), gt: (a, b) => key(a) > key(b), gte: (a, b) => key(a) >= key(b),
};
const members: Record<string, Test> = { in: (a, b: never[]) => b.includes(a), notIn: (a, b: never[]) => !b.includes(a) };
const has = (list: readonly number[], part: readonly number[]) => part.every((one) => list.includes(one));
const operators: Record<keyof Values, Record<string, Test>> = {
  instrument: { eq: ordered['eq']!, ne: ordered['ne']!, ...members, startsWith: (a: string, b: string) => a.startsWith(b), contains: (a: string, b: string) => a.includes(b), like: (a: string, b: string) => new RegExp(`^${b.replaceAll('%', '.*')}$`).test(a) },
  energy: { ...ordered, ...members }, runNumber: { ...ordered, ...members }, neutrons: { ...ordered, ...members }, takenAt: ordered,
  calibrated: { eq: ordered['eq']!, ne: ordered['ne']! },
  detectors: { eq: (a: number[], b: number[]) => has(a, b) && has(b, a), containsAll: (a: number[], b: number[]) => has(a, b), containsAny: (a: number[], b: number[]) => b.some((one) => a.includes(one)), containedIn: (a: number[], b: number[]) => has(b, a) },
};
const lists = new Set(['in', 'notIn']);
const literal = (value: unknown): string => (Array.isArray(value) ? `[${value.map(literal).join(', ')}]` : typeof value === 'string' ? JSON.stringify(value) : String(value));
const zoned = (value: unknown) => (typeof value === 'string' ? value.replace('+00:00', 'Z') : value);

describe.each(Object.keys(operators) as (keyof Values)[])('a filter on %s', (field) => {
  const present = names.map((name) => valuesOf(name)[field]).filter((value) => value !== null);
  const cases = Object.entries(operators[field]).flatMap(([operator, test]) => {
    const values: unknown[] = lists.has(operator) ? [[], present.slice(0, 2), present] : operator === 'like' ? ['%a%s', 'sans'] : present;
    return values.map((value) => [`${operator}: ${literal(Array.isArray(value) ? value.map(zoned) : zoned(value))}`, value, test] as const);
  });

  it.each(cases)('%s', async (given, value, test) => {
    const expected = names.filter((name) => valuesOf(name)[field] !== null && test(valuesOf(name)[field] as never, value as never));
    const condition = `${field}: { ${given} }`;
    expect(await found(condition)).toEqual(expected);
    expect(await found(`not: { ${condition} }`)).toEqual(names.filter((name) => !expected.includes(name)));
  });

  it('isNull', async () => {
    expect(await found(`${field}: { isNull: true }`)).toEqual(names.filter((name) => valuesOf(name)[field] === null));
    expect(await found(`${field}: { isNull: false }`)).toEqual(names.filter((name) => valuesOf(name)[field] !== null));
  });
});

const sortable = { instrument: 'INSTRUMENT', energy: 'ENERGY', runNumber: 'RUN_NUMBER', calibrated: 'CALIBRATED', takenAt: 'TAKEN_AT', neutrons: 'NEUTRONS' } as const;
const directions = (Object.keys(sortable) as (keyof typeof sortable)[]).flatMap((field) => [[field, 'ASC'], [field, 'DESC']] as const);

it.each(directions)('pages by %s %s both ways, those without a value last', async (field, direction) => {
  const rank = (name: string) => key(valuesOf(name)[field]);
  const expected = [...names].sort((a, b) => {
    if (rank(a) === rank(b)) return a < b ? -1 : 1;
    if (rank(a) === null || rank(b) === null) return rank(a) === null ? 1 : -1;
    return (rank(a) < rank(b)) === (direction === 'ASC') ? -1 : 1;
  });
  interface Page { files: { nodes: { name: string }[]; pageInfo: { endCursor: string | null; startCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean } } }
  const walk = async (size: 'first' | 'last', from: 'after' | 'before', take: (page: Page['files']) => [string | null, boolean]) => {
    const pages: string[][] = [];
    for (let cursor: string | null = null, more = true; more;) {
      const { files }: Page = await dataOf<Page>(serve.url, `query ($cursor: String) { files(orderBy: { field: ${sortable[field]}, direction: ${direction} }, ${size}: 3, ${from}: $cursor) { nodes { name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`, { cursor });
      pages.push(files.nodes.map(({ name }) => name));
      [cursor, more] = take(files);
    }
    return pages;
  };
  expect((await walk('first', 'after', ({ pageInfo }) => [pageInfo.endCursor, pageInfo.hasNextPage])).flat()).toEqual(expected);
  expect((await walk('last', 'before', ({ pageInfo }) => [pageInfo.startCursor, pageInfo.hasPreviousPage])).reverse().flat()).toEqual(expected);
});

it.each(Object.keys(none) as (keyof Values)[])('counts the values of %s', async (field) => {
  const { files } = await dataOf<{ files: { facet: { values: { value: unknown; count: number }[]; otherCount: number; missingCount: number } } }>(serve.url,
    `{ files { facet(field: "${field}") { values { value count } otherCount missingCount } } }`);
  const counts = new Map<unknown, number>();
  for (const name of names) for (const value of [valuesOf(name)[field]].flat()) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  // A Float beyond 2^53 may come written with all its digits.
  expect(new Map(files.facet.values.map(({ value, count }) => [field === 'energy' ? Number(value) : value, count]))).toEqual(counts);
  expect(files.facet).toMatchObject({ otherCount: 0, missingCount: names.filter((name) => valuesOf(name)[field] === null).length });
});

it.each([
  ['a number beyond what a Float holds', 'energy: { lt: 1e400 }'], ['not a number', 'energy: { eq: NaN }'], ['a text for a Float', 'energy: { eq: "5" }'],
  ['more than 32 bits for an Int', 'runNumber: { eq: 2147483648 }'], ['a fraction for an Int', 'runNumber: { eq: 1.5 }'], ['a number for a Boolean', 'calibrated: { eq: 1 }'],
  ['a condition that this archive has not', 'time: { overlaps: { from: "2026-11-23T00:00:00Z", to: "2026-11-24T00:00:00Z" } }'],
])('refuses %s', async (_title, where) => {
  const { errors } = await ask(serve.url, `{ files(where: { ${where} }) { totalCount } }`);
  expect(errors!.map(({ extensions }) => extensions.code)).toEqual([expect.stringMatching(/^(BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED)$/)]);
});

it('takes names with their scope, and reads RSEs and paths as its profile says', async () => {
  interface Answer { file: { name: string; replicas: { rse: { name: string; dataCentre: string; attributes: object }; pfns: { url: string }[] }[] } }
  const { file } = await dataOf<Answer>(serve.url, '{ file(lfn: "isis:run/1.nxs") { name replicas { rse { name dataCentre attributes } pfns { url } } } }');
  expect(file.replicas).toEqual([
    { rse: { name: 'ILL-DISK', dataCentre: 'ILL', attributes: { lab: 'ILL', town: 'Grenoble' } }, pfns: [{ url: 'http://h.example.org:80/data/isis/run/1.nxs' }] },
    { rse: { name: 'ISIS-DISK', dataCentre: 'RAL', attributes: { lab: 'RAL', town: 'Harwell' } }, pfns: [{ url: 'http://h.example.org:80/data/run/1.nxs' }] },
  ]);
  expect(await found('replica: { dataCentre: "RAL" }')).toEqual(names);
  const { errors } = await ask(serve.url, '{ file(lfn: "run/1.nxs") { name } }');
  expect(errors![0]!.message).toBe('A name is written with its scope, as in isis:run/42.nxs.');
});
