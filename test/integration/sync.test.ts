import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSync } from '../../src/daemons/sync.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { replicationSource } from '../../src/services/sync/replication-source.js';
import { compareMirror } from '../support/compare-mirror.js';
import { registry } from '../support/registry.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { SyncWriter } from '../support/sync-writer.js';

const stack = testStack();
const rucioDatabaseUrl = stack.env['RUCIO_DATABASE_URL']!;
const run = process.pid.toString(36);
const slot = `dipper_test_${run}`;
const writer = new SyncWriter(stack, run);
let scratch: ScratchDatabase;
let mirror: pg.Client;
let rucio: pg.Client;
let stop = new AbortController();
let running: Promise<void> = Promise.resolve();

const said: string[] = [];
const say = (fields: object, message: string) => { said.push(`${message} ${JSON.stringify(fields)}`); };
const replication = { rucioDatabaseUrl, slot, publication: 'dipper' };
const options = () => ({ mirrorUrl: scratch.url, source: replicationSource(replication), fields: registry, log: { info: say, warn: say, error: say } });

function start(once = false): Promise<void> {
  stop = new AbortController();
  running = runSync({ ...options(), signal: stop.signal, once });
  return running;
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  return client;
}

/** Milliseconds until the query on the mirror gives a row. */
async function shown(query: string, values: unknown[] = []): Promise<number> {
  const begun = Date.now();
  while (!(await mirror.query(query, values)).rowCount) {
    if (Date.now() - begun > 10_000) throw new Error(`Not in the mirror after 10 s: ${query}`);
    await sleep(10);
  }
  return Date.now() - begun;
}

beforeAll(async () => {
  scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  await migrate(scratch.url, registry);
  [mirror, rucio] = await Promise.all([connected(scratch.url), connected(rucioDatabaseUrl)]);
  await writer.begin();
});

afterAll(async () => {
  stop.abort();
  await running.catch(() => undefined);
  await writer.clean();
  await rucio.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [slot]);
  await Promise.all([mirror.end(), rucio.end()]);
  await scratch.drop();
}, 120_000);

describe('a snapshot', () => {
  it('equals Rucio row for row and says of when it is', async () => {
    await start(true);
    expect(await compareMirror(rucio, mirror)).toEqual({});
    const source = await mirror.query('select state, position is not null as placed, as_of is not null as timed from mirror.source');
    expect(source.rows).toEqual([{ state: 'STREAMING', placed: true, timed: true }]);
  });
});

describe('a change in Rucio shows in the mirror within 2 seconds', () => {
  beforeAll(() => { void start(); });
  afterAll(async () => { stop.abort(); await running; });
  const file = 'select from mirror.file where name = $1';

  it('new file, new replica, its state', async () => {
    const did = await writer.addFile();
    const replica = `select from mirror.replica t join mirror.file f on f.id = t.file_id join mirror.rse e on e.id = t.rse_id where f.name = $1 and e.name = $2`;
    expect(await shown(replica, [did.name, writer.anyRse])).toBeLessThan(2_000);
    await writer.addReplica(did, writer.otherRse);
    expect(await shown(replica, [did.name, writer.otherRse])).toBeLessThan(2_000);
    await writer.setState(did, writer.otherRse, 'U');
    expect(await shown(`${replica} and t.state = 'UNAVAILABLE'`, [did.name, writer.otherRse])).toBeLessThan(2_000);
  });

  it('changed metadata, exact beyond 2^53', async () => {
    const did = await writer.addFile();
    await writer.setMetadata(did, { obs_id: 1, tel_ids: [4, 7], data_type: 'event', start_time: '2026-11-23T20:15:00.5' });
    expect(await shown(`${file} and obs_id = 1 and tel_ids = '{4,7}' and data_type = 'event' and start_time = '2026-11-23T20:15:00.5Z'`, [did.name])).toBeLessThan(2_000);
    await writer.setMetadata(did, { sb_id: 9007199254740993n });
    expect(await shown(`${file} and sb_id = 9007199254740993 and metadata->>'sb_id' = '9007199254740993'`, [did.name])).toBeLessThan(2_000);
    await writer.setMetadata(did, { obs_id: 'none' });
    expect(await shown(`${file} and obs_id is null and metadata->>'obs_id' = 'none'`, [did.name])).toBeLessThan(2_000);
  });

  it('content of a dataset, a rule, a deleted dataset', async () => {
    const did = await writer.addFile();
    const dataset = await writer.addDataset();
    await writer.attach(dataset, [did]);
    const content = 'select from mirror.content_file t join mirror.collection p on p.id = t.collection_id where p.name = $1';
    expect(await shown(content, [dataset.name])).toBeLessThan(2_000);
    const rule = await writer.addRule(dataset, writer.anyRse);
    expect(await shown(`select from mirror.rule where id = $1 and state = 'OK'`, [rule])).toBeLessThan(2_000);
    await writer.changeRule(rule, { locked: true });
    expect(await shown('select from mirror.rule where id = $1 and locked', [rule])).toBeLessThan(2_000);
    await writer.changeRule(rule, { locked: false });
    await writer.expireDataset(dataset);
    await writer.undertake();
    expect(await shown('select where not exists (select from mirror.collection where name = $1)', [dataset.name])).toBeLessThan(2_000);
  });

  it('a deleted file', async () => {
    const did = await writer.addFile();
    await shown(file, [did.name]);
    await writer.deleteFile(did);
    expect(await shown('select where not exists (select from mirror.file where name = $1)', [did.name])).toBeLessThan(2_000);
  });

  it('an attribute of an RSE, set and removed', async () => {
    const attribute = `from mirror.rse_attribute a join mirror.rse e on e.id = a.rse_id where e.name = $1 and a.key = 'sync_test' and a.value = 'here'`;
    await writer.setAttribute(writer.anyRse, 'sync_test', 'here');
    expect(await shown(`select ${attribute}`, [writer.anyRse])).toBeLessThan(2_000);
    await writer.removeAttribute(writer.anyRse, 'sync_test');
    expect(await shown(`select where not exists (select ${attribute})`, [writer.anyRse])).toBeLessThan(2_000);
  });

  it('asOf goes on while the source is idle, and lag is none', async () => {
    const before = await mirror.query<{ as_of: Date }>('select as_of from mirror.source');
    expect(await shown('select from mirror.source where as_of > $1::timestamptz + interval \'1 second\' and behind_since is null', [before.rows[0]!.as_of])).toBeLessThan(3_000);
  });

  it('case 66: a second sync stands by and does not write', async () => {
    await expect(runSync({ ...options(), signal: new AbortController().signal, once: true }))
      .rejects.toThrow('Another `dipper sync` keeps this mirror already.');
  });
});

describe('the mirror equals Rucio', () => {
  const process_ = (): ChildProcess => spawn(process.execPath, ['test/support/sync-process.mjs', JSON.stringify({ mirrorUrl: scratch.url, replication })], { stdio: ['ignore', 'pipe', 'inherit'] });

  it('after random changes while sync is killed again and again', async () => {
    const random = seeded(20261123);
    let asOf = '';
    let writing = true;
    const writes = (async () => { while (writing) await writer.change(random); })();
    for (let kill = 0; kill < 5; kill += 1) {
      const child = process_();
      await once(child.stdout!, 'data');
      await sleep(random() * 1_500);
      const now = await mirror.query<{ as_of: string }>('select as_of::text from mirror.source');
      expect(now.rows[0]!.as_of >= asOf, `asOf ran back from ${asOf} to ${now.rows[0]!.as_of}`).toBe(true);
      asOf = now.rows[0]!.as_of;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    writing = false;
    await writes;
    await start(true);
    expect(await compareMirror(rucio, mirror)).toEqual({});
    expect((await mirror.query('select source_table, key, reason from mirror.set_aside')).rows).toEqual([]);
  }, 120_000);

  it('after the slot was lost: a new snapshot, in which no id stands for another file', async () => {
    const ids = async () => (await mirror.query<{ id: string }>('select id from mirror.file')).rows.map(({ id }) => id);
    await rucio.query('select pg_drop_replication_slot($1)', [slot]);
    await writer.addFile();
    const before = new Set(await ids());
    said.length = 0;
    await start(true);
    expect(said.some((line) => line.includes('is gone'))).toBe(true);
    expect(await compareMirror(rucio, mirror)).toEqual({});
    expect((await ids()).filter((id) => before.has(id))).toEqual([]);
    expect((await mirror.query(`select nspname from pg_namespace where nspname like 'mirror\\_%'`)).rows).toEqual([]);
  });
});

/** Numbers by chance, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
