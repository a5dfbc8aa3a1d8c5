import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { compareMirror, toldByRest } from '../support/compare-mirror.js';
import { faultProxy } from '../support/fault-proxy.js';
import { damagesOf, namesForDamages, plantDamages } from '../support/mirror-damages.js';
import { seeded } from '../support/parity-random.js';
import { registry } from '../support/registry.js';
import { runCli, startCli, type CliResult, type RunningCli } from '../support/run-cli.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { SyncWriter, type Did } from '../support/sync-writer.js';

const stack = testStack();
const writer = new SyncWriter(stack, `w${process.pid.toString(36)}`);
let scratch: ScratchDatabase;
let mirror: pg.Client;
let rucio: pg.Client;
let sync: RunningCli;
let old: Did;
let dataset: Did;

// One pass, then a long rest: what is wrong stays wrong until it is repaired.
const env = () => ({ ...stack.env, DATABASE_URL: scratch.url, DIPPER_SOURCE: 'rest', DIPPER_CRAWL_RATE: '1000', DIPPER_CRAWL_PAUSE_SECONDS: '3600', DIPPER_LOG_LEVEL: 'warn' });
const verify = (...args: string[]): Promise<CliResult> => runCli(['verify', ...args], env());
const behind = (url: string, ...args: string[]) => runCli(['verify', ...args], { ...env(), RUCIO_URL: url });
const lastOf = ({ stdout }: CliResult) => stdout.trimEnd().split('\n').at(-1);

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  return client;
}

/** Waits until a pass has ended that began after the moment. */
async function passed(since: string): Promise<void> {
  for (const end = Date.now() + 60_000; !(await mirror.query('select from mirror.source where as_of > $1 and not exists (select from crawl.pass)', [since])).rowCount; await sleep(50)) {
    if (Date.now() > end) throw new Error('No pass has ended within 60 s.');
  }
}

const asOf = async () => (await mirror.query<{ at: string }>('select as_of::text as at from mirror.source')).rows[0]!.at;
const count = async (table: string) => Number((await rucio.query<{ count: string }>(`select count(*) from rucio.${table}`)).rows[0]!.count);

beforeAll(async () => {
  scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  await migrate(scratch.url, registry);
  [mirror, rucio] = await Promise.all([connected(scratch.url), connected(stack.env['RUCIO_DATABASE_URL']!)]);
  await writer.begin();
  [old, dataset] = [await writer.addFile(), await writer.addDataset()];
  // Dates are whole seconds: they are to be older than the pass.
  await sleep(1_000);
  sync = startCli(['sync'], env());
  await passed('2000-01-01');
}, 120_000);

afterAll(async () => {
  sync.kill('SIGTERM');
  await sync.ended;
  await writer.clean();
  await Promise.all([mirror.end(), rucio.end()]);
  await scratch.drop();
}, 120_000);

describe('`dipper verify` of a mirror that is crawled', () => {
  it('ends with 0 where nothing differs, has looked at every row, and says what it cannot compare', async () => {
    const { code, stdout, stderr } = await verify();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^The mirror was crawled, as Rucio was at \S+ \S+ UTC\.\nNot compared, as REST does not tell it: fractions of seconds; /);
    expect(stdout).toMatch(/\nNothing differs, nothing is set aside\.\n$/);
    const listed = (column = 'rse_id') => `where not exists (select from rucio.rses x where x.id = ${column} and x.deleted)`;
    const tables = {
      rses: `rses r ${listed('r.id')}`, attributes: `rse_attr_map ${listed()}`, protocols: `rse_protocols ${listed()}`, usage: `rse_usage ${listed()}`,
      files: `dids where did_type = 'F'`, collections: `dids where did_type in ('D', 'C')`, replicas: `replicas ${listed()}`, contents: 'contents', rules: 'rules',
    };
    for (const [kind, table] of Object.entries(tables)) {
      const numbers = new RegExp(`^${kind} +([\\d,]+) +([\\d,]+) +0$`, 'm').exec(stdout)!.slice(1).map((text) => Number(text.replaceAll(',', '')));
      expect(numbers, kind).toEqual(Array(2).fill(await count(table)));
    }
  });

  it('finds damage of every kind, in a sample of all files, too; --repair mends it beside a running sync, which goes on', async () => {
    const damages = damagesOf(await namesForDamages(mirror), '/no/such/file'); // Rucio is asked, and takes no blanks
    await plantDamages(mirror, damages);
    const found = await verify();
    expect(found).toMatchObject({ code: 1, stderr: '' });
    for (const { what, lines } of damages) expect(found.stdout, what).toMatch(lines);

    const sample = await verify('--sample', '100000', '--seed', '1', '--table', 'usage', 'files', 'replicas');
    expect(sample).toMatchObject({ code: 1, stderr: '' });
    for (const { what, lines } of damages) if (/ size|metadata|registry|missing file|invented file| state|missing replica|usage/.test(what)) expect(sample.stdout, what).toMatch(lines);

    const before = await asOf();
    const repaired = await verify('--repair');
    expect(repaired).toMatchObject({ code: 1, stderr: '' });
    expect(repaired.stdout).toMatch(/\nRepaired: \d+ rows are as in Rucio now\.\n$/);
    expect(await compareMirror(rucio, mirror, toldByRest)).toEqual({});
    expect((await mirror.query('select from mirror.set_aside')).rowCount).toBe(0);
    // The sync that stood by leads again, and begins with a pass.
    await passed(before);
    const again = await verify('--sample', '9');
    expect(again.stdout).toMatch(/^A sample: (9|1\d) files,.* with all that hangs on them/m);
    for (const kind of ['files', 'collections', 'replicas', 'contents', 'rules']) expect(again.stdout).toMatch(new RegExp(`^${kind} +[1-9]`, 'm'));
    expect({ code: again.code, last: lastOf(again) }).toEqual({ code: 0, last: 'Nothing differs, nothing is set aside.' });
  }, 120_000);

  it('tells what is younger than the last pass from what is wrong', async () => {
    const young = await writer.addFile();
    const later = await verify();
    expect(later).toMatchObject({ code: 0, stderr: '' });
    expect(later.stdout).toContain('\n2 rows have changed in Rucio since then: the next pass of `dipper sync` brings them.\n');
    // Metadata have no date.
    await writer.setMetadata(old, { odd: 1 });
    const json = await verify('--table', 'files', '--json', '--repair');
    expect(json.code).toBe(1);
    const { source, kinds, repaired } = JSON.parse(json.stdout) as { source: string; kinds: object[]; repaired: object };
    expect({ source, kinds, repaired }).toMatchObject({
      source: 'REST', repaired: { rows: 1, left: 0, setAside: 0 },
      kinds: [{ kind: 'files', differing: 1, late: 1, differences: [{ key: { scope: old.scope, name: old.name }, what: 'CHANGED', columns: [{ column: 'metadata.odd', rucio: '1', mirror: null }] }] }],
    });
    expect((await mirror.query('select metadata from mirror.file where name = any ($1)', [[old.name, young.name]])).rows).toEqual([{ metadata: { odd: 1 } }]);
  });

  it('never takes a spoilt answer for a difference', async () => {
    const random = seeded(20261126);
    const proxy = await faultProxy(stack.urls.rucio, random);
    try {
      proxy.isSpoiling = true;
      const spoilt = await behind(proxy.url);
      expect(spoilt.code, spoilt.stdout + spoilt.stderr).not.toBe(1);
      expect(Object.values(proxy.counts).reduce((sum, one) => sum + one)).toBeGreaterThan(1);
      // A rule that it does not tell about is told apart from one that is not there.
      proxy.isSpoiling = false;
      const { id } = (await rucio.query<{ id: string }>(`select replace(id::text, '-', '') as id from rucio.rules order by id limit 1`)).rows[0]!;
      proxy.rewrite = (path, body) => (path.startsWith('/rules/') ? body.split('\n').map((line) => (line.includes(id) ? line.replace(/"copies": ?\d+/, '"copies": "many"') : line)).join('\n') : undefined);
      const silent = await behind(proxy.url, '--table', 'rules');
      expect(silent).toMatchObject({ code: 2, stderr: '' });
      expect(silent.stdout).toMatch(/\nRucio could not tell about 1 row\n {2}rules \["\S{36}"\]: [^\n]+\n/);
      expect(lastOf(silent)).toMatch(/^Nothing differs, nothing is set aside, 1 row could not be compared\.$/);
    } finally {
      await proxy.close();
    }
  }, 120_000);

  it('counts what differs in one collection to the last row, and draws a sample in spite of a cut list', async () => {
    const proxy = await faultProxy(stack.urls.rucio, () => 1);
    try {
      const { scope, name } = dataset;
      const strangers = Array.from({ length: 5_200 }, (_, at) => JSON.stringify({ scope, name: `${name}/s${at}`, type: 'FILE', bytes: 1, adler32: null, md5: null }));
      proxy.rewrite = (path, body) => (path.endsWith(`${name}/dids`) ? `${[body.trim(), ...strangers].filter(Boolean).join('\n')}\n` : undefined);
      const { kinds } = JSON.parse((await behind(proxy.url, '--json', '--table', 'contents')).stdout) as { kinds: { differing: number }[] };
      expect(kinds).toMatchObject([{ kind: 'contents', differing: 5_200 }]);
      let cuts = 0;
      proxy.rewrite = (path, body) => (path.includes('/dids/search') && (cuts += 1) === 1 ? body.slice(0, -5) : undefined);
      expect(await behind(proxy.url, '--sample', '9', '--table', 'files')).toMatchObject({ code: 0, stderr: '' });
    } finally {
      await proxy.close();
    }
  }, 120_000);

  it('ends with 2 where it cannot compare, and with 130 when it is interrupted', async () => {
    expect(await behind('http://127.0.0.1:1')).toMatchObject({ code: 2, stdout: '', stderr: 'dipper verify: Rucio cannot be reached now.\n' });
    const other = await runCli(['verify'], { ...env(), DIPPER_SOURCE: 'replication' });
    expect(other).toMatchObject({ code: 2, stdout: '', stderr: "dipper verify: The mirror was filled through Rucio's REST interface, and DIPPER_SOURCE is replication.\n" });
    const running = startCli(['verify'], env());
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(20)) {
      if ((await mirror.query(`select from pg_stat_activity where application_name = 'dipper verify lists'`)).rowCount) break;
    }
    running.kill('SIGINT');
    expect(await running.ended).toEqual({ code: 130, stdout: '', stderr: '' });
  });
});
