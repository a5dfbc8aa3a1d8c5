import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { runSync } from '../../src/daemons/sync.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { restSource } from '../../src/services/crawl/rest-source.js';
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { registry } from '../support/registry.js';
import { runCli, type CliResult } from '../support/run-cli.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { SyncWriter, type Did } from '../support/sync-writer.js';

const stack = testStack();
const { env } = stack;
const writer = new SyncWriter(stack, `c${process.pid.toString(36)}`);
const PASS_MS = 60_000;
let proxy: FaultProxy;
let scratch: ScratchDatabase;
let mirror: pg.Client;

type Rewrite = NonNullable<FaultProxy['rewrite']>;
/** Of all scopes, Rucio names the writer's alone: passes are short. */
function spoil(rewrite: Rewrite = () => undefined): void {
  proxy.rewrite = (path, body, asked) => (path === '/scopes/' ? JSON.stringify([writer.scope]) : rewrite(path, body, asked));
}

/** One whole pass; it breaks off after a time that is far more than it takes. */
async function pass(concurrency = 4): Promise<void> {
  const login = { url: proxy.url, account: env['RUCIO_ACCOUNT']!, username: env['RUCIO_USERNAME']!, password: env['RUCIO_PASSWORD']! };
  const late = AbortSignal.timeout(PASS_MS);
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  await runSync({ mirrorUrl: scratch.url, source: restSource({ rucio: login, concurrency, rate: 1000, pauseSeconds: 0 }), fields: registry, log: quiet, signal: late, once: true });
  expect(late.aborted, 'the pass does not end').toBe(false);
}

const verify = (...args: string[]) => runCli(['verify', '--json', ...args], { ...env, DATABASE_URL: scratch.url, RUCIO_URL: proxy.url, DIPPER_SOURCE: 'rest', DIPPER_CRAWL_RATE: '1000' });
const told = ({ stdout }: CliResult) => JSON.parse(stdout) as { kinds: { kind: string; differing: number }[]; untold: { rows: { table: string; key: string }[] }; repaired: { rows: number; left: number } };

/** Seconds since Rucio was last seen, by what the mirror says. */
const silence = async () => (await mirror.query<{ age: number }>('select extract(epoch from clock_timestamp() - checked_at)::float8 as age from mirror.source')).rows[0]!.age;
/** Far less than the ten seconds after which the mirror counts as stale. */
const SEEN_S = 6;
const HOLD_MS = 7_500;

async function heldBy({ scope, name }: Did): Promise<string[]> {
  const { rows } = await mirror.query<{ name: string }>(`
    select f.name from mirror.collection p join mirror.content_file t on t.collection_id = p.id join mirror.file f on f.id = t.file_id where p.scope = $1 and p.name = $2
    union all select k.name from mirror.collection p join mirror.content_collection t on t.collection_id = p.id join mirror.collection k on k.id = t.child_id where p.scope = $1 and p.name = $2`, [scope, name]);
  return rows.map((row) => row.name).sort();
}
const namesOf = (dids: readonly Did[]) => dids.map(({ name }) => name).sort();
const setAside = async () => (await mirror.query<{ what: string }>(`select source_table || ' ' || (key::json ->> 1) || ': ' || reason as what from mirror.set_aside order by 1`)).rows.map(({ what }) => what);

beforeAll(async () => {
  proxy = await faultProxy(stack.urls.rucio, () => 1);
  scratch = await scratchDatabase(env['DATABASE_URL']!);
  await migrate(scratch.url, registry);
  mirror = new pg.Client({ connectionString: scratch.url });
  await mirror.connect();
  await writer.begin();
}, 60_000);
beforeEach(() => { spoil(); });
afterAll(async () => {
  await writer.clean();
  await proxy.close();
  await mirror.end();
  await scratch.drop();
}, 120_000);

describe('a crawl', () => {
  it('ends in spite of questions that alone are not answered, or answered as if it were unknown, and leaves what it has', async () => {
    const files = await writer.addFiles(6);
    const sets = { late: await writer.addDataset(), cut: await writer.addDataset(), refused: await writer.addDataset(), strayed: await writer.addDataset(), fine: await writer.addDataset() };
    const above = await writer.addContainer();
    const poisonous = files[5]!;
    for (const dataset of Object.values(sets)) await writer.attach(dataset, files.slice(0, 3));
    await writer.attach(above, [sets.fine]);
    await pass();

    for (const dataset of Object.values(sets)) await writer.attach(dataset, files.slice(3, 5));
    const faults: [suffix: string, status: number][] = [[`${sets.late.name}/dids`, 504], [`${sets.cut.name}/dids`, 0], [`${sets.refused.name}/dids`, 403]];
    spoil((path, _, asked) => (asked.includes('"JSON"') && asked.includes(`${poisonous.name}"`) ? 504 : faults.find(([suffix]) => path.endsWith(suffix))?.[1]));
    proxy.pathTo = (path) => path.replace(sets.strayed.name, '$&x').replace(above.name, '$&x');
    await pass();
    for (const [what, dataset] of Object.entries(sets)) expect(await heldBy(dataset), what).toEqual(namesOf(files.slice(0, what === 'fine' ? 5 : 3)));
    expect(await heldBy(above)).toEqual([sets.fine.name]);
    const unknown = 'Rucio knows it, and answers as if it did not.';
    expect(await setAside()).toEqual([
      `contents ${above.name}: ${unknown}`, `contents ${sets.late.name}: Rucio cannot answer now.`, `contents ${sets.cut.name}: Rucio cannot be reached now.`,
      `contents ${sets.refused.name}: Rucio does not allow this.`, `contents ${sets.strayed.name}: ${unknown}`,
      `dids ${poisonous.name}: Rucio cannot tell about it: Rucio cannot answer now.`,
    ].sort());

    const verified = await verify('--table', 'contents');
    const { kinds, untold } = told(verified);
    expect({ kinds, untold: untold.rows.map(({ key }) => (JSON.parse(key) as string[])[1]).sort(), code: verified.code })
      .toMatchObject({ kinds: [{ kind: 'contents', differing: 0 }], untold: namesOf([above, sets.late, sets.cut, sets.refused, sets.strayed]), code: 1 });

    spoil();
    proxy.pathTo = (path) => path;
    await pass();
    for (const dataset of Object.values(sets)) expect(await heldBy(dataset)).toEqual(namesOf(files.slice(0, 5)));
    expect(await setAside()).toEqual([]);
  }, 3 * PASS_MS);

  it('says that Rucio is there while it waits for a long answer, and takes in what is made meanwhile', async () => {
    const above = await writer.addContainer();
    let made: Did | undefined;
    let silent = 0;
    spoil(async (path) => {
      if (made || !path.endsWith(`${above.name}/dids`)) return undefined;
      made = await writer.addDataset();
      await writer.attach(above, [made]);
      await sleep(HOLD_MS);
      silent = await silence();
      return undefined;
    });
    await pass(1);
    expect(silent).toBeLessThan(SEEN_S);
    expect(await setAside()).toEqual([]);
    expect(await heldBy(above)).toEqual([made!.name]);
  }, PASS_MS);

  it('does not let a list that failed get in the way of the next one', async () => {
    const dataset = await writer.addDataset();
    const files = await writer.addFiles(3);
    await writer.attach(dataset, files);
    let [lists, counts] = [0, 0];
    spoil(async (path, _, asked) => {
      // The count fails for good while the list takes longer. If that is still read when the next round has its own, it fails, and is read again.
      if (path.includes(`${dataset.name}?`) && (counts += 1) <= 4) return 500;
      if (path.endsWith(`${dataset.name}/dids`)) {
        lists += 1;
        if (lists === 3) await sleep(2_500);
        if (lists > 1) return undefined;
        await Promise.race([sleep(4_500), (async () => { while (lists < 2) await sleep(20); await sleep(200); })()]);
        return 500;
      }
      if (lists > 1 && asked.includes('DID_COLUMN') && asked.includes(`${dataset.name}"`)) await sleep(1_000);
      return undefined;
    });
    await pass();
    expect(await heldBy(dataset)).toEqual(namesOf(files));
  }, PASS_MS);

  it('lets `dipper verify --repair` say that Rucio is there, as long as that takes', async () => {
    const file = await writer.addFile();
    // Dates are whole seconds: the file is to be older than the pass.
    await sleep(1_000);
    await pass();
    await mirror.query('update mirror.file set bytes = 7 where name = $1', [file.name]);
    const term = async () => (await mirror.query<{ term: string }>('select term from mirror.source')).rows[0]!.term;
    const before = await term();
    let silent = -1;
    spoil(async (_, _body, asked) => {
      if (silent >= 0 || !asked.includes(`${file.name}"`) || await term() === before) return undefined;
      silent = 0;
      await sleep(HOLD_MS);
      silent = await silence();
      return undefined;
    });
    expect(told(await verify('--table', 'files', '--repair')).repaired).toMatchObject({ rows: 1, left: 0 });
    expect(silent).toBeGreaterThan(0);
    expect(silent).toBeLessThan(SEEN_S);
  }, PASS_MS);

  it('takes in all that large datasets hold, and lets go of what they hold no more', async () => {
    const files = await writer.addFiles(1_200);
    const [large, edge] = [await writer.addDataset(), await writer.addDataset()];
    await writer.attach(large, files);
    // Read first, as it changed last: neither fits one transaction with the files that are unread then.
    await writer.attach(edge, files.slice(0, 501));
    await pass();
    expect([await heldBy(large), await heldBy(edge)]).toEqual([namesOf(files), namesOf(files.slice(0, 501))]);
    await writer.detach(large, files.slice(0, 500));
    await pass();
    expect([await heldBy(large), await heldBy(edge)]).toEqual([namesOf(files.slice(500)), namesOf(files.slice(0, 501))]);
    expect(await setAside()).toEqual([]);
  }, 2 * PASS_MS);
});
