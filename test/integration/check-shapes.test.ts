import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { createMirrorPool, type MirrorPool } from '../../src/datasources/mirror/pool.js';
import { createShapeCheck } from '../../src/read/check-shapes.js';
import { makeShapes } from '../../src/read/shapes.js';
import { makeSchema } from '../../src/resolvers/schema.js';
import { startServe } from '../support/profile-archive.js';
import { profile, registry } from '../support/registry.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const shapes = makeShapes({ fields: registry, rse: profile.rse, pageSize: 1000 });
let scratch: ScratchDatabase;
let pool: MirrorPool;
let client: pg.Client;
const check = async (with_ = shapes) => createShapeCheck(pool, { schema: await makeSchema(registry), shapes: with_, fields: registry })();

beforeAll(async () => {
  scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  pool = createMirrorPool({ url: scratch.url, size: 2, timeoutSeconds: 10, onError: () => undefined });
  client = new pg.Client({ connectionString: scratch.url });
  await client.connect();
});
afterAll(async () => {
  await pool.end();
  await client.end();
  await scratch.drop();
});

it('says nothing of a database without tables', async () => {
  expect(await check()).toEqual([]);
});

it('finds nothing in the mirror as `dipper migrate` makes it', async () => {
  await migrate(scratch.url, registry);
  expect(await check()).toEqual([]);
});

it('finds that `dipper migrate` has not run since the version or the registry changed', async () => {
  await client.query(`delete from dipper.migration where name like '0003%'`);
  await client.query(`update mirror.registry set digest = 'other'`);
  expect(await check()).toEqual(['The migration 0003_indexes.sql has not run', 'The field registry has changed']);
  await client.query(`drop schema mirror, dipper, crawl cascade`);
  await migrate(scratch.url, registry);
});

it('finds fields and types without SQL', async () => {
  const { Pfn: _, ...rest } = shapes;
  const { bytes: __, ...fields } = shapes['File']!.fields;
  expect(await check({ ...rest, File: { type: 'File', fields } })).toEqual(['File.bytes has no SQL', 'Pfn has no SQL']);
});

it('finds columns that are missing, can be null, or are of another type, and serve does not start on them', async () => {
  await client.query(`
    alter table mirror.file alter column bytes drop not null;
    alter table mirror.rule alter column locked drop not null;
    alter table mirror.file drop column data_level;
    alter table mirror.file alter column obs_id type text;
    alter table mirror.rse_protocol drop column read_lan cascade`);
  const faults = [
    'File.bytes is never null, but mirror.file.bytes can be',
    'File.dataLevel reads mirror.file.data_level, which does not exist',
    'RseProtocol.domains reads mirror.rse_protocol.read_lan, which does not exist',
    'Rule.locked is never null, but mirror.rule.locked can be',
    'The field obsId is a BigInt, but its column obs_id is of type text',
  ];
  expect([...await check()].sort()).toEqual(faults);
  const message = await startServe({ ...stack.env, DATABASE_URL: scratch.url }).then(() => 'It started.', (error: Error) => error.message);
  expect(message).toContain("dipper serve: The mirror's tables do not fit this version of dipper or its field registry. Run `dipper migrate`.");
  for (const fault of faults) expect(message).toContain(`  - ${fault}\n`);
});
