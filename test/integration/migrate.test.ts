import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dumpSchema } from '../../src/datasources/mirror/dump-schema.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { registryDigest } from '../../src/datasources/mirror/registry-columns.js';
import { takeLock } from '../../src/datasources/mirror/leadership.js';
import { checkVersion } from '../../src/datasources/mirror/mirror-version.js';
import type { MetadataField } from '../../src/domain/metadata-field.js';
import { registry } from '../support/registry.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';

let scratch: ScratchDatabase;
let client: pg.Client;
const reports: string[] = [];
const run = (fields: readonly MetadataField[]) => { reports.length = 0; return migrate(scratch.url, fields, { report: (text) => reports.push(text) }); };

beforeAll(async () => {
  scratch = await scratchDatabase(testStack().env['DATABASE_URL']!);
  client = new pg.Client({ connectionString: scratch.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await scratch.drop();
});

it('two at a time make the schema that migrations/schema.sql shows', async () => {
  await expect(checkVersion(client, registryDigest(registry))).rejects.toThrow('run `dipper migrate`');
  await Promise.all([migrate(scratch.url, registry), migrate(scratch.url, registry)]);
  await expect(await dumpSchema(client)).toMatchFileSnapshot('../../migrations/schema.sql');
  await checkVersion(client, registryDigest(registry));
});

it('does nothing the second time', async () => {
  await run(registry);
  expect(reports).toEqual([]);
});

it('derives a changed field anew, adds and drops columns and indexes', async () => {
  await client.query(`insert into mirror.file (scope, name, account, bytes, created_at, updated_at, metadata, obs_id, data_type)
    select 's', 'f' || i, 'root', 1, now(), now(), jsonb_build_object('instance__obs_id', 9007199254740993, 'zenith', i + 0.5), 1, 'gone' from generate_series(1, 4500) i`);
  const zenith: MetadataField = { name: 'zenith', key: 'zenith', type: 'Float', column: 'zenith', description: 'Angle', indexed: true };
  const changed = [...registry.filter(({ name }) => name !== 'dataType').map((field) => (field.name === 'obsId' ? { ...field, indexed: false, sortable: false, aliases: [] } : field)), zenith];
  await run(changed);
  expect(reports).toContain('Column data_type is dropped.');
  const values = await client.query('select obs_id, zenith, count(*)::int as n from mirror.file group by 1, 2 order by 2 limit 1');
  expect(values.rows).toEqual([{ obs_id: '9007199254740993', zenith: 1.5, n: 1 }]);
  expect((await client.query('select from mirror.file where obs_id = 9007199254740993 and zenith is not null')).rowCount).toBe(4500);
  const indexes = (await client.query<{ name: string }>(`select indexname as name from pg_indexes where schemaname = 'mirror'`)).rows.map(({ name }) => name);
  expect(indexes).toContain('file_field_zenith');
  expect(indexes).not.toContain('file_field_obs_id');
  await expect(checkVersion(client, registryDigest(registry))).rejects.toThrow('has changed');
  await run(registry);
  await expect(await dumpSchema(client)).toMatchFileSnapshot('../../migrations/schema.sql');
});

it('goes on where an earlier run broke off', async () => {
  await client.query(`update mirror.registry set digest = 'unfinished'`);
  await client.query('update mirror.file set obs_id = null');
  await client.query('drop index mirror.file_field_data_type');
  await run(registry);
  expect((await client.query('select from mirror.file where obs_id is null')).rowCount).toBe(0);
  await expect(await dumpSchema(client)).toMatchFileSnapshot('../../migrations/schema.sql');
});

it('refuses a column that is the mirror\'s own, taken twice, or no plain name', async () => {
  const field = (column: string): MetadataField => ({ name: 'x', key: 'x', type: 'String', column, description: '' });
  await expect(run([...registry, field('bytes')])).rejects.toThrow('column bytes is one of the mirror\'s own');
  await expect(run([...registry, field('obs_id')])).rejects.toThrow('column obs_id has another field already');
  await expect(run([...registry, field('x"; drop table')])).rejects.toThrow('is not a plain lower-case name');
});

it('asks to stop sync before columns change', async () => {
  expect(await takeLock(client)).toBe(true);
  await expect(run(registry.slice(1))).rejects.toThrow('stop it, then run `dipper migrate` again');
  await client.query('select pg_advisory_unlock_all()');
}, 20_000);

it('refuses a migration that was changed after it had run', async () => {
  await client.query(`update dipper.migration set digest = 'other'`);
  await expect(run(registry)).rejects.toThrow('Migrations go forward only');
});
