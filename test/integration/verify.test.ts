import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { compareMirror } from '../support/compare-mirror.js';
import { damagesOf, namesForDamages, plantDamages, type Damage } from '../support/mirror-damages.js';
import { seeded } from '../support/parity-random.js';
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
  let names: string[];
  let damages: Damage[];

  beforeAll(async () => {
    names = await namesForDamages(mirror);
    damages = damagesOf(names);
  });

  it('is named, row by row and column by column; a sample of all files finds it too; --repair mends it beside a running sync', async () => {
    await plantDamages(mirror, damages);
    const found = await verify();
    expect(found.code).toBe(1);
    for (const { what, lines } of damages) expect(found.stdout, what).toMatch(lines);

    const sample = await verify('--sample', '100000', '--seed', '1');
    expect(sample.code).toBe(1);
    expect(sample.stdout).toMatch(/^A sample: \d+ files, .* with all that hangs on them \(--seed 1 gives it again\)\.\n/);
    const reached = (what: string) => !/replica of no file|invented rule/.test(what); // on no file
    for (const { what, lines } of damages) if (reached(what)) expect(sample.stdout, what).toMatch(lines);

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
    await mirror.query(`update mirror.file set bytes = bytes + 1 where name = '${names[0]!}'; delete from mirror.rse_usage`);
    const { code, stdout } = await verify('--table', 'files', 'rules', '--json');
    expect(code).toBe(1);
    const { kinds } = JSON.parse(stdout) as { kinds: { kind: string; differing: number; differences: object[] }[] };
    expect(kinds.map(({ kind, differing }) => [kind, differing])).toEqual([['files', 1], ['rules', 0]]);
    expect(kinds[0]!.differences).toEqual([{
      kind: 'files', key: { scope: 'acada', name: names[0] }, what: 'CHANGED', columns: [{ column: 'bytes', rucio: expect.stringMatching(/^\d+$/) as unknown, mirror: expect.stringMatching(/^\d+$/) as unknown }],
    }]);
    expect((await verify('--repair')).code).toBe(1);
  });

  it('counts a row that is set aside as wrong, though nothing else is', async () => {
    await mirror.query(`insert into mirror.set_aside (source_table, key, reason) values ('rules', '["00000000-0000-4000-8000-000000000003"]', 'Its state is unknown.')`);
    const { code, stdout } = await verify('--table', 'rses');
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({ code: 1, last: 'Nothing differs, 1 row set aside.' });
    expect((await verify('--table', 'rses', '--repair')).stdout).toContain('\nRepaired: 1 row is as in Rucio now.\n');
    expect((await verify('--table', 'rses')).code).toBe(0);
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
