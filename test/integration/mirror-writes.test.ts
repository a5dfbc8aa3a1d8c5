import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { writeChanges } from '../../src/datasources/mirror/write-changes.js';
import type { SourceChange } from '../../src/datasources/rucio-db/messages.js';
import { coalesce } from '../../src/services/sync/coalesce.js';
import { syncTables } from '../../src/services/sync/tables.js';
import { registry } from '../support/registry.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';

const tables = syncTables(registry);
const RSE = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';
const at = '2026-11-23 10:00:00.123456';
let scratch: ScratchDatabase;
let client: pg.Client;

beforeAll(async () => {
  scratch = await scratchDatabase(testStack().env['DATABASE_URL']!);
  await migrate(scratch.url, registry);
  client = new pg.Client({ connectionString: scratch.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await scratch.drop();
});

const upsert = (table: string, row: Record<string, string | null>, unchanged: string[] = []): SourceChange => ({ table, op: 'upsert', row, unchanged });
const remove = (table: string, row: Record<string, string | null>): SourceChange => ({ table, op: 'delete', row, unchanged: [] });
const did = (name: string, more: Record<string, string | null> = {}) =>
  upsert('dids', { scope: 's', name, did_type: 'F', account: 'root', is_open: null, bytes: '5', adler32: null, md5: null, created_at: at, updated_at: at, ...more });
const meta = (name: string, value: string | null) => upsert('did_meta', { scope: 's', name, did_type: null, meta: value });
const rse = (id: string, more: Record<string, string> = {}) =>
  upsert('rses', { id, rse: `RSE-${id[0]!}`, rse_type: 'DISK', deterministic: 't', availability_read: 't', availability_write: 't', availability_delete: 't', deleted: 'f', ...more });
const replica = (name: string, more: Record<string, string | null> = {}, unchanged: string[] = []) =>
  upsert('replicas', { rse_id: RSE, scope: 's', name, bytes: '5', adler32: null, state: 'A', created_at: at, updated_at: at, ...(unchanged.length ? {} : { path: null }), ...more }, unchanged);
const content = (name: string, child: string, type = 'F') => upsert('contents', { scope: 's', name, child_scope: 's', child_name: child, child_type: type });

async function apply(...changes: SourceChange[]): Promise<void> {
  await client.query('begin');
  await writeChanges(client, tables.mirror, coalesce(changes, tables.source, registry));
  await client.query('commit');
}
const aside = async () => (await client.query<{ source_table: string; key: string; reason: string }>('select source_table, key, reason from mirror.set_aside order by 1, 2')).rows;
const rows = async (query: string) => (await client.query<Record<string, unknown>>(query)).rows;

describe('changes', () => {
  it('come in parents first, whatever their order', async () => {
    await apply(content('d', 'f'), replica('f'), meta('f', '{"obs_id": 3}'), did('f'), did('d', { did_type: 'D', is_open: 't', bytes: null }), rse(RSE));
    expect(await rows('select name, obs_id, metadata, created_at at time zone \'UTC\' = \'2026-11-23 10:00:00.123456\' as exact from mirror.file')).toEqual([{ name: 'f', obs_id: '3', metadata: { obs_id: 3 }, exact: true }]);
    expect(await rows('select state from mirror.replica')).toEqual([{ state: 'AVAILABLE' }]);
    expect(await rows('select count(*)::int as n from mirror.content_file')).toEqual([{ n: 1 }]);
    expect(await aside()).toEqual([]);
  });

  it('that change nothing write nothing', async () => {
    const versions = 'select (select string_agg(xmin::text || ctid::text, \',\') from mirror.file) as file, (select xmin::text from mirror.replica) as replica, (select xmin::text from mirror.rse) as rse';
    const before = await rows(versions);
    await apply(rse(RSE), did('f'), meta('f', '{"obs_id":3}'), replica('f'), content('d', 'f'));
    expect(await rows(versions)).toEqual(before);
  });

  it('keep the old value of what was not sent', async () => {
    await apply(replica('f', { path: '/long/path' }));
    await apply(replica('f', { state: 'D' }, ['path']));
    expect(await rows('select state, path from mirror.replica')).toEqual([{ state: 'BAD', path: '/long/path' }]);
    await apply(did('f', { account: 'other' }));
    expect(await rows('select account, obs_id from mirror.file')).toEqual([{ account: 'other', obs_id: '3' }]);
  });

  it('make a dataset a container, and a deleted file a dataset', async () => {
    await apply(did('d', { did_type: 'C', bytes: null }), did('x'));
    await apply(remove('dids', { scope: 's', name: 'x' }), did('x', { did_type: 'D', bytes: null }));
    expect(await rows('select name, did_type from mirror.collection order by name')).toEqual([{ name: 'd', did_type: 'CONTAINER' }, { name: 'x', did_type: 'DATASET' }]);
    expect(await rows(`select from mirror.file where name = 'x'`)).toEqual([]);
    await apply(content('d', 'x', 'D'));
    expect(await rows('select count(*)::int as n from mirror.content_collection')).toEqual([{ n: 1 }]);
    await apply(remove('contents', { scope: 's', name: 'd', child_scope: 's', child_name: 'x' }), remove('dids', { scope: 's', name: 'x' }));
    expect(await rows('select name from mirror.collection')).toEqual([{ name: 'd' }]);
  });
});

describe('a row that does not fit is set aside', () => {
  it('until its RSE comes', async () => {
    await apply(replica('f', { rse_id: OTHER }));
    expect(await aside()).toEqual([{ source_table: 'replicas', key: `["s", "f", "${OTHER}"]`, reason: 'Its RSE is not in the mirror.' }]);
    await apply(rse(OTHER));
    expect(await aside()).toEqual([]);
    expect(await rows('select state from mirror.replica order by rse_id')).toEqual([{ state: 'BAD' }, { state: 'AVAILABLE' }]);
  });

  it('until its file comes right, with all that hangs on it', async () => {
    await apply(did('late', { bytes: null }), meta('late', '{"obs_id": 4}'), replica('late'), content('d', 'late'));
    expect((await aside()).map(({ source_table, reason }) => [source_table, reason])).toEqual([
      ['contents', 'Its child is not in the mirror.'], ['did_meta', 'Its DID is set aside.'], ['dids', 'It is a file without a size.'], ['replicas', 'Its file is not in the mirror.'],
    ]);
    await apply(did('late'));
    expect(await aside()).toEqual([]);
    expect(await rows(`select f.obs_id, t.state, c.collection_id is not null as held from mirror.file f join mirror.replica t on t.file_id = f.id left join mirror.content_file c on c.file_id = f.id where f.name = 'late'`))
      .toEqual([{ obs_id: '4', state: 'AVAILABLE', held: true }]);
  });

  it('and forgotten when it is deleted', async () => {
    await apply(replica('nothing'));
    expect(await aside()).toHaveLength(1);
    await apply(remove('replicas', { scope: 's', name: 'nothing', rse_id: RSE }));
    expect(await aside()).toEqual([]);
  });

  it('while its last good version stays: unknown letters, metadata that are no object', async () => {
    await apply(replica('f', { state: 'Q' }), meta('f', '["a"]'), did('odd', { did_type: 'Q' }));
    expect((await aside()).map(({ reason }) => reason)).toEqual(['Its metadata are not an object.', 'Its type Q is unknown.', 'Its state Q is unknown.']);
    expect(await rows(`select f.metadata, t.state from mirror.file f join mirror.replica t on t.file_id = f.id join mirror.rse e on e.id = t.rse_id where f.name = 'f' and e.rse_id = '${RSE}'`))
      .toEqual([{ metadata: { obs_id: 3 }, state: 'BAD' }]);
    await apply(replica('f'), meta('f', '{}'), did('odd'));
    expect(await aside()).toEqual([]);
  });

  it('alone, though it came with good ones: a number too big, a NUL byte, half a surrogate pair', async () => {
    const many = Array.from({ length: 40 }, (_, n) => did(`many${n}`, n === 7 ? { bytes: '99999999999999999999' } : n === 31 ? { account: 'a\0b' } : {}));
    await apply(...many, meta('many3', '{"note": "\\ud800"}'), replica('many5'));
    expect((await aside()).map(({ key }) => key)).toEqual(['["s", "many3"]', '["s", "many31"]', '["s", "many7"]']);
    expect(await rows(`select count(*)::int as n from mirror.file where name like 'many%'`)).toEqual([{ n: 37 }]);
    expect(await rows(`select count(*)::int as n from mirror.replica t join mirror.file f on f.id = t.file_id where f.name = 'many5'`)).toEqual([{ n: 1 }]);
    await apply(did('many7'), did('many31'), did('many3'), meta('many3', '{}'));
    expect(await aside()).toEqual([]);
  });

  it('never for metadata of DIDs that the mirror does not show', async () => {
    await apply(did('archive', { did_type: 'A' }), meta('archive', '{"a": 1}'));
    expect(await aside()).toEqual([]);
    expect(await rows(`select from mirror.file where name = 'archive'`)).toEqual([]);
  });
});
