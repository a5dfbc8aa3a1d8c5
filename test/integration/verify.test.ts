import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { compareMirror } from '../support/compare-mirror.js';
import { registry } from '../support/registry.js';
import { runCli, startCli, type CliResult, type RunningCli } from '../support/run-cli.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { SyncWriter } from '../support/sync-writer.js';

const stack = testStack();
const run = process.pid.toString(36);
const slot = `dipper_verify_${run}`;
const writer = new SyncWriter(stack, `v${run}`);
let scratch: ScratchDatabase;
let mirror: pg.Client;
let rucio: pg.Client;
let sync: RunningCli;

const env = () => ({ ...stack.env, DATABASE_URL: scratch.url, DIPPER_SLOT: slot, DIPPER_LOG_LEVEL: 'warn' });
const verify = (...args: string[]): Promise<CliResult> => runCli(['verify', ...args], env());
const startSync = () => { sync = startCli(['sync'], env()); };

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  return client;
}

/** Waits until the query on the mirror gives a row. */
async function shown(query: string, values: unknown[] = []): Promise<void> {
  for (const end = Date.now() + 30_000; !(await mirror.query(query, values)).rowCount; await sleep(25)) {
    if (Date.now() > end) throw new Error(`Not in the mirror after 30 s: ${query}`);
  }
}

const streaming = `select from mirror.source where state = 'STREAMING' and checked_at > now() - interval '2 seconds'`;
const count = async (client: pg.Client, table: string) => Number((await client.query<{ count: string }>(`select count(*) from ${table}`)).rows[0]!.count);

beforeAll(async () => {
  scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  await migrate(scratch.url, registry);
  [mirror, rucio] = await Promise.all([connected(scratch.url), connected(stack.env['RUCIO_DATABASE_URL']!)]);
  await writer.begin();
  startSync();
  await shown(streaming);
});

afterAll(async () => {
  sync.kill('SIGTERM');
  await sync.ended;
  await writer.clean();
  await rucio.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [slot]);
  await Promise.all([mirror.end(), rucio.end()]);
  await scratch.drop();
}, 300_000);

describe('`dipper verify`', () => {
  it('ends with 0 where nothing differs, and has looked at every row', async () => {
    const { code, stdout, stderr } = await verify();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nNothing differs, nothing is set aside\.\n$/);
    const numbers = (kind: string) => new RegExp(`^${kind} +([\\d,]+) +([\\d,]+) +0$`, 'm').exec(stdout)!.slice(1).map((text) => Number(text.replaceAll(',', '')));
    const tables = { rses: 'rses', attributes: 'rse_attr_map', protocols: 'rse_protocols', usage: 'rse_usage', replicas: 'replicas', contents: 'contents', rules: 'rules' };
    for (const [kind, table] of Object.entries(tables)) expect(numbers(kind)).toEqual(Array(2).fill(await count(rucio, `rucio.${table}`)));
    expect(numbers('files')).toEqual(Array(2).fill(await count(rucio, `rucio.dids where did_type = 'F'`)));
    expect(numbers('collections')).toEqual(Array(2).fill(await count(rucio, `rucio.dids where did_type in ('D', 'C')`)));
  });

  it('does not take changes that are under way for differences', async () => {
    const random = seeded(20261123);
    let writing = true;
    let changes = 0;
    const writes = (async () => { for (; writing; changes += 1) await writer.change(random); })();
    try {
      for (let times = 0; times < 5; times += 1) {
        const { code, stdout } = await verify();
        expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Nothing differs, nothing is set aside.') as unknown });
      }
    } finally {
      writing = false;
      await writes;
    }
    expect(changes).toBeGreaterThan(10);
  }, 300_000);
});

describe('damage', () => {
  interface Damage { readonly what: string; readonly sql: string; readonly lines: RegExp }
  let names: string[];
  /** The n-th file by name, of those with a number of an observation. */
  const file = (n: number) => `(select id from mirror.file where name = '${names[n]!}')`;
  const replica = (n: number) => `(select file_id, rse_id from mirror.replica where file_id = ${file(n)} order by rse_id limit 1)`;
  const damages = (): Damage[] => [
    { what: 'a changed size', sql: `update mirror.file set bytes = bytes + 1 where id = ${file(0)}`, lines: new RegExp(`${names[0]!}\n    bytes: \\d+ in Rucio, \\d+ in the mirror\n`) },
    { what: 'a metadata value', sql: `update mirror.file set metadata = metadata || '{"obs_id": 9007199254740993, "odd": "a\\nb"}' where id = ${file(1)}`,
      lines: new RegExp(`${names[1]!}\n    metadata\\.obs_id: \\d+ in Rucio, 9007199254740993 in the mirror\n    metadata\\.odd: none in Rucio, "a\\\\nb" in the mirror\n`) },
    { what: 'a column of the registry', sql: `update mirror.file set obs_id = 77, start_time = null, key_conflicts = '{obs_id}' where id = ${file(2)}`,
      lines: new RegExp(`${names[2]!}\n    obs_id: \\d+ by its metadata, 77 in the mirror\n    start_time: \\S+ \\S+ by its metadata, none in the mirror\n    key_conflicts: none by its metadata, {obs_id} in the mirror\n`) },
    { what: 'a missing file', sql: `delete from mirror.file where id = ${file(3)}`, lines: new RegExp(`${names[3]!}: missing in the mirror\n`) },
    { what: 'an invented file', sql: `insert into mirror.file (scope, name, account, bytes, created_at, updated_at) values ('acada', E'/no such\\tfile', 'root', 5, now(), now())`,
      lines: /"acada:\/no such\\tfile": in the mirror, not in Rucio\n/ },
    { what: 'a state of a replica', sql: `update mirror.replica set state = 'BAD' where (file_id, rse_id) in ${replica(4)}`,
      lines: new RegExp(`${names[4]!} at \\S+\n    state: [A-Z_]+ in Rucio, BAD in the mirror\n`) },
    { what: 'a missing replica', sql: `delete from mirror.replica where file_id = ${file(5)}`, lines: new RegExp(`${names[5]!} at \\S+: missing in the mirror\n`) },
    { what: 'a missing content', sql: `delete from mirror.content_file where file_id = ${file(6)}`, lines: new RegExp(`${names[6]!} in acada:\\S+: missing in the mirror\n`) },
    { what: 'an invented content', sql: `insert into mirror.content_collection select c.id, c.id from mirror.collection c order by name limit 1`, lines: /in acada:\S+: in the mirror, not in Rucio\n/ },
    { what: 'a collection', sql: `update mirror.collection set is_open = not is_open, did_type = 'DATASET' where id = (select id from mirror.collection where did_type = 'CONTAINER' order by name limit 1)`,
      lines: /\n {4}did_type: CONTAINER in Rucio, DATASET in the mirror\n {4}is_open: (true|false) in Rucio/ },
    { what: 'a count of a rule', sql: `update mirror.rule set locks_ok_cnt = 99 where id = (select id from mirror.rule order by id limit 1)`, lines: /rule \S{36}\n {4}locks_ok_cnt: \d+ in Rucio, 99 in the mirror\n/ },
    { what: 'an invented rule', sql: `insert into mirror.rule select (jsonb_populate_record(r, '{"id": "00000000-0000-4000-8000-000000000001"}')).* from mirror.rule r order by id limit 1`,
      lines: /rule 00000000-0000-4000-8000-000000000001: in the mirror, not in Rucio\n/ },
    { what: 'an attribute of an RSE', sql: `update mirror.rse_attribute set value = 'nowhere' where key = 'site' and rse_id = (select id from mirror.rse where name = 'PIC')`,
      lines: /PIC site\n {4}value: \S+ in Rucio, nowhere in the mirror\n/ },
    { what: 'an RSE', sql: `update mirror.rse set facts = facts || '{"city": "Nowhere"}', deleted = true where name = 'PIC'`, lines: /PIC\n {4}deleted: false in Rucio, true in the mirror\n {4}facts\.city: \S+ in Rucio, "Nowhere" in the mirror\n/ },
    { what: 'a protocol', sql: `update mirror.rse_protocol set port = 1 where ctid = (select ctid from mirror.rse_protocol where scheme = 'http' limit 1)`, lines: / http \S+ 1: in the mirror, not in Rucio\n.* http \S+ \d{2,5}: missing in the mirror\n/ },
    { what: 'a usage', sql: `delete from mirror.rse_usage`, lines: /\nusage: \d+ rows differ\n {2}\S+ rucio: missing in the mirror\n/ },
    { what: 'a row that was set aside', sql: `insert into mirror.set_aside (source_table, key, reason) values ('replicas', '["acada", "/gone", "00000000-0000-4000-8000-000000000002"]', 'Its RSE is not in the mirror.')`,
      lines: /\nset aside: 1 row\n {2}replicas \["acada", "\/gone", "00000000-0000-4000-8000-000000000002"\]: Its RSE is not in the mirror\.\n/ },
    { what: 'a replica of no file', sql: `alter table mirror.replica drop constraint replica_file_id_fkey; update mirror.replica set file_id = 0 where (file_id, rse_id) in ${replica(7)}`,
      lines: /\nmirror\.replica: 1 row with a file_id that is not there\n/ },
  ];
  const plant = async () => { for (const { what, sql } of damages()) await mirror.query(sql).catch((cause: unknown) => { throw new Error(`planting ${what}`, { cause }); }); };

  beforeAll(async () => {
    names = (await mirror.query<{ name: string }>(`select name from mirror.file where obs_id is not null and start_time is not null and metadata ? 'obs_id' order by name limit 8`)).rows.map(({ name }) => name);
  });

  it('is named, row by row and column by column; a sample of all files finds it too; --repair mends it beside a running sync', async () => {
    await plant();
    const found = await verify();
    expect(found.code).toBe(1);
    for (const { what, lines } of damages()) expect(found.stdout, what).toMatch(lines);

    const sample = await verify('--sample', '100000', '--seed', '1');
    expect(sample.code).toBe(1);
    expect(sample.stdout).toMatch(/^A sample: \d+ files, .* with all that hangs on them \(--seed 1 gives it again\)\.\n/);
    const reached = (what: string) => !/replica of no file|invented rule/.test(what); // on no file
    for (const { what, lines } of damages()) if (reached(what)) expect(sample.stdout, what).toMatch(lines);

    const repaired = await verify('--repair');
    expect(repaired.stderr).toBe('');
    expect(repaired.code).toBe(1);
    expect(repaired.stdout).toMatch(/\nRepaired: \d+ rows are as in Rucio now\.\n$/);
    expect(await compareMirror(rucio, mirror)).toEqual({});
    await shown(streaming);
    const again = await verify();
    expect({ code: again.code, last: again.stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 0, last: 'Nothing differs, nothing is set aside.' });
  }, 300_000);

  it('is told as JSON, of the tables that are asked for', async () => {
    await mirror.query(`update mirror.file set bytes = bytes + 1 where id = ${file(0)}; delete from mirror.rse_usage`);
    const { code, stdout } = await verify('--table', 'files', 'rules', '--json');
    expect(code).toBe(1);
    const { kinds } = JSON.parse(stdout) as { kinds: { kind: string; differing: number; differences: object[] }[] };
    expect(kinds.map(({ kind, differing }) => [kind, differing])).toEqual([['files', 1], ['rules', 0]]);
    expect(kinds[0]!.differences).toEqual([{
      kind: 'files', key: { scope: 'acada', name: names[0] }, what: 'CHANGED', columns: [{ column: 'bytes', rucio: expect.stringMatching(/^\d+$/) as unknown, mirror: expect.stringMatching(/^\d+$/) as unknown }],
    }]);
    expect((await verify('--repair')).code).toBe(1);
  });
});

describe('it ends with', () => {
  it('2 and a sentence where it cannot compare, or is asked wrongly', async () => {
    const dead = await runCli(['verify'], { ...env(), RUCIO_DATABASE_URL: 'postgresql://rucio@127.0.0.1:1/rucio' });
    expect(dead).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^dipper verify: The database at RUCIO_DATABASE_URL does not answer: [^\n]*\n$/) as unknown });
    const wrong = await verify('--table', 'files', 'locks');
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no table locks; there are rses, attributes') as unknown });
    expect((await verify('--sample', '0')).code).toBe(2);
  });

  it('130 when it is interrupted', async () => {
    await mirror.query('begin; lock table mirror.file in access exclusive mode');
    const running = startCli(['verify', '--table', 'files'], env());
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
      if ((await rucio.query(`select from pg_locks where not granted and mode = 'AccessShareLock'`)).rowCount) break; // sync waits to write
    }
    running.kill('SIGINT');
    const ended = await running.ended.finally(() => mirror.query('rollback'));
    expect(ended).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  it('1 where sync stands still, and says so; --repair brings the mirror on', async () => {
    sync.kill('SIGKILL');
    await sync.ended;
    const did = await writer.addFile();
    await mirror.query(`update mirror.source set checked_at = now() - interval '1 minute'`);
    const { code, stdout } = await verify('--table', 'files');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^The mirror is not followed now: `dipper sync` was last heard of at \S+ \S+ UTC\. What Rucio has changed since differs, too\.\n/);
    expect(stdout).toContain(`${did.scope}:${did.name}: missing in the mirror`);
    expect(await verify('--repair')).toMatchObject({ code: 1, stderr: '' });
    expect(await compareMirror(rucio, mirror)).toEqual({});
    startSync();
    await shown(streaming);
  }, 120_000);
});

/** Numbers by chance, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
