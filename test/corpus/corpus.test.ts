import { printSchema, type GraphQLInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { openPolicy } from '../../src/auth/open-policy.js';
import { readConfig } from '../../src/config.js';
import { createMirrorPool, type MirrorPool } from '../../src/datasources/mirror/pool.js';
import { makeSchema } from '../../src/resolvers/schema.js';
import { allFields, inputFields, usedFields } from '../support/corpus-coverage.js';
import { corpusDatabase } from '../support/corpus-database.js';
import { runOperation, type Sides } from '../support/corpus-run.js';
import { makeCatalogue, type Settings } from '../support/naive/catalogue.js';
import type { Input } from '../support/naive/conditions.js';
import { fileTest } from '../support/naive/filters.js';
import { referenceSchema } from '../support/naive/reference.js';
import { loadTables } from '../support/naive/tables.js';
import { visibleTables, type Sight } from '../support/naive/visible.js';
import type { ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { conditions } from './conditions.js';
import { corpus } from './corpus.js';

const config = readConfig('serve', { ...testStack().env, DIPPER_PORT: '0', DIPPER_LOG_LEVEL: 'silent' });
const settings: Settings = {
  fields: config.fields, limits: config.limits,
  rse: { dataCentre: 'site', lfn2pfnAlgorithm: 'ctao_bdms', offsite: 'OFFSITE', location: 'location', qos: 'QOS', shown: ['site', 'location', 'QOS', 'ONSITE', 'OFFSITE'] },
};

/** A part of each kind of row is hidden, by a column and by what hangs on the row. */
const sight: Sight = {
  files: { scope: { ne: 'more' }, not: { or: [{ replica: { state: ['BAD'], rse: 'HASHED' } }, { obsId: { eq: 7 } }] } },
  collections: { not: { name: { in: ['/ctao/odd/c2', '/ctao/odd/d%_'] } } },
};

let database: ScratchDatabase;
beforeAll(async () => { database = await corpusDatabase(config.mirrorUrl, config.fields); });
afterAll(() => database.drop());

describe.each<[string, Sight]>([['a viewer who sees everything', {}], ['a viewer who does not', sight]])('%s', (_who, seen) => {
  const apps: App[] = [];
  let sides: Sides;

  beforeAll(async () => {
    let statements = 0;
    const pool = createMirrorPool({ url: database.url, size: 4, timeoutSeconds: 20, onError: () => undefined });
    const counting: MirrorPool = { ...pool, row(statement, signal) { statements += 1; return pool.row(statement, signal); } };
    const app = await createApp({ ...config, mirrorUrl: database.url }, { pool: counting, policy: openPolicy(seen) });
    apps.push(app);
    const [url, tables] = [await app.start(), await loadTables(database.url)];
    sides = {
      url, statements: () => statements,
      schema: referenceSchema(printSchema(await makeSchema(config.fields))),
      catalogue: makeCatalogue(visibleTables(tables, settings, seen), settings),
    };
  });
  afterAll(async () => { for (const app of apps) await app.stop(); });

  it.each(corpus.map((operation) => [operation.title, operation] as const))('%s', async (_title, operation) => {
    expect(await runOperation(sides, operation)).toEqual([]);
  });
});

it('has operations enough, each with a title of its own', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(60);
  expect(new Set(corpus.map(({ title }) => title)).size).toBe(corpus.length);
});

it('asks for every field of every type, and gives every field of every input', async () => {
  const schema = await makeSchema(config.fields);
  const used = new Set(corpus.flatMap((operation) => usedFields(schema, operation)));
  expect(allFields(schema).filter((field) => !used.has(field))).toEqual([]);
});

it('has filters that tell: each operator stands in one that picks some files and leaves some', async () => {
  const schema = await makeSchema(config.fields);
  const type = schema.getType('FileFilter') as GraphQLInputObjectType;
  const catalogue = makeCatalogue(await loadTables(database.url), settings);
  const telling = conditions.flatMap(({ variables = [] }) => variables).flatMap((set) => {
    const where = set['where'] as Input | undefined;
    if (!where) return [];
    try {
      const count = catalogue.tables.file.filter(fileTest(catalogue, where)).length;
      return count > 0 && count < catalogue.tables.file.length ? inputFields(type, where) : [];
    } catch {
      return []; // one that is refused, or is not for files
    }
  });
  const operators = allFields(schema).filter((field) => /^(String|BigInt|DateTime|IntList|Interval|Replica)Filter\.|^MetadataCondition\.|^IntervalInput\.|^FileFilter\.(and|or|not|within|time|metadata|replica)$/.test(field));
  expect(operators.filter((field) => !telling.includes(field))).toEqual([]);
});
