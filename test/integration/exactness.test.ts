import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../dev/until.js';
import type { App } from '../../src/app.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { dataOf } from '../support/ask.js';
import { compareMirror } from '../support/compare-mirror.js';
import { registry } from '../support/registry.js';
import { RucioRows } from '../support/rucio-rows.js';
import { dipperOn } from '../support/scratch-archive.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { scratchRucio, type ScratchRucio } from '../support/scratch-rucio.js';
import { testStack } from '../support/stack.js';
import { SyncCli } from '../support/sync-cli.js';

const stack = testStack();
const RSE = '11111111-1111-4111-8111-111111111111';
const LATER = '22222222-2222-4222-8222-222222222222';
const RULE = '33333333-3333-4333-8333-333333333333';
const long = `/ctao/odd/${'n'.repeat(240)}`;
let rucio: ScratchRucio;
let scratch: ScratchDatabase;
let mirror: pg.Client;
let app: App;
let url: string;
let sync: SyncCli;
let rows: RucioRows;

interface Status { mirror: { state: string; asOf: string | null; setAside: number } }
const status = async () => (await dataOf<Status>(url, '{ mirror { state asOf setAside } }')).mirror;
const file = async (name: string) => (await dataOf<{ did: { metadata: Record<string, unknown>; bytes: number; obsId: number | bigint | null; replicas: { state: string }[] } | null }>(url,
  'query ($name: String!) { did(scope: "odd", name: $name) { ... on File { metadata bytes obsId replicas { state } } } }', { name })).did;

const begin = (...args: string[]) => {
  // Settings in an address do not replace those that exactness relies on.
  const odd = (address: string) => `${address}?application_name=other&options=${encodeURIComponent('-c timezone=Asia/Tokyo -c datestyle=German')}`;
  sync = new SyncCli({ ...stack.env, DATABASE_URL: odd(scratch.url), RUCIO_DATABASE_URL: odd(rucio.syncUrl), DIPPER_SLOT: rucio.slot, DIPPER_LOG_LEVEL: 'info' }, args);
  return sync;
};

/** Waits until the mirror shows a moment after now. */
async function caughtUp(): Promise<void> {
  const now = new Date().toISOString();
  const isThere = async () => ((await status()).asOf ?? '') > now;
  if (!await until(isThere, 60)) throw new Error(`The mirror does not catch up. Sync said:\n${sync.output.slice(-2000)}`);
}

/** All or nothing in Rucio. */
async function together(...work: (() => Promise<void>)[]): Promise<void> {
  await rucio.client.query('begin');
  for (const one of work) await one();
  await rucio.client.query('commit');
}

beforeAll(async () => {
  [rucio, scratch] = await Promise.all([scratchRucio(stack), scratchDatabase(stack.env['DATABASE_URL']!)]);
  await migrate(scratch.url, registry);
  mirror = new pg.Client({ connectionString: scratch.url, options: '-c timezone=UTC' });
  await mirror.connect();
  app = await dipperOn(stack, scratch.url);
  url = await app.start();
  rows = new RucioRows(rucio.client, 'odd');
  await rows.loosen();
  await rows.rse(RSE, 'A');
  await together(() => rows.did('/ctao/odd/set', { type: 'D' }), () => rows.did('/ctao/odd/first', { metadata: '{"obs_id": 1}' }), () => rows.replica('/ctao/odd/first', RSE), () => rows.content('/ctao/odd/set', '/ctao/odd/first'));
  begin();
  await caughtUp();
}, 120_000);

afterAll(async () => {
  await sync.stop();
  await app.stop();
  await mirror.end();
  await Promise.all([rucio.drop(), scratch.drop()]);
});

/** Rows that Rucio itself would not write, in one transaction with good ones. */
const writeOdd = (n: string) => together(
  () => rows.did(`/ctao/odd/${n}/list`, { metadata: '[1, 2]' }),
  () => rows.did(`/ctao/odd/${n}/text`, { metadata: '"text"' }),
  () => rows.did(`/ctao/odd/${n}/number`, { metadata: '7' }),
  () => rows.did(`/ctao/odd/${n}/null`, { metadata: 'null' }),
  () => rows.did(`/ctao/odd/${n}/unsized`, { bytes: null, metadata: '{"obs_id": 5}' }),
  () => rows.replica(`/ctao/odd/${n}/unsized`, RSE),
  () => rows.did(`/ctao/odd/${n}/unmeasured`),
  () => rows.replica(`/ctao/odd/${n}/unmeasured`, RSE, { bytes: null }),
  () => rows.did(`/ctao/odd/${n}/elsewhere`),
  () => rows.replica(`/ctao/odd/${n}/elsewhere`, LATER),
  () => rows.replica(`/ctao/odd/${n}/list`, RSE, { state: '?' }),
  () => rows.replica(`/ctao/odd/${n}/nowhere`, RSE),
  () => rows.content('/ctao/odd/set', `/ctao/odd/${n}/nowhere`),
  () => rows.rule(RULE, '/ctao/odd/set', '?'),
  () => rows.did(`${long.slice(0, -n.length)}${n}`, { metadata: '{"note": "a\\tb\\n\\\\"}' }),
  () => rows.did(`/ctao/odd/${n}/heavy`, { metadata: JSON.stringify({ obs_id: 6, note: 'x"\\ä'.repeat(200_000) }) }),
  () => rows.did(`/ctao/odd/${n}/large`, { metadata: '{"obs_id": 9007199254740993, "sb_id": 123456789012345678901234567890, "note": 1e300}' }),
);
const mendOdd = async (n: string) => {
  for (const name of ['list', 'text', 'number']) await rows.metadata(`/ctao/odd/${n}/${name}`, '{"mended": true}');
  await rucio.client.query(`update rucio.dids set bytes = 8 where name = $1`, [`/ctao/odd/${n}/unsized`]);
  await rucio.client.query(`update rucio.replicas set state = 'A' where name = $1`, [`/ctao/odd/${n}/list`]);
  await rucio.client.query(`update rucio.replicas set bytes = 5 where name = $1`, [`/ctao/odd/${n}/unmeasured`]);
  await rucio.client.query(`update rucio.rules set state = 'O' where id = $1`, [RULE]);
  await rows.did(`/ctao/odd/${n}/nowhere`);
};
const reasons = [
  'contents: Its child is not in the mirror.', 'did_meta: Its DID is set aside.', ...Array<string>(3).fill('did_meta: Its metadata are not an object.'), 'dids: It is a file without a size.',
  'replicas: Its RSE is not in the mirror.', 'replicas: Its file is not in the mirror.', 'replicas: Its file is not in the mirror.', 'replicas: Its state ? is unknown.', 'replicas: null value in column "bytes" of relation "replica" violates not-null constraint', 'rules: Its state ? is unknown.',
];
const aside = async () => (await mirror.query<{ text: string }>(`select source_table || ': ' || reason as text from mirror.set_aside order by 1`)).rows.map(({ text }) => text);

describe("rows that Rucio would not write, on the stream", () => {
  it('are set aside and counted; the good ones of the transaction and what comes later go on', async () => {
    await writeOdd('a');
    await rows.did('/ctao/odd/after', { metadata: '{"obs_id": 2}' });
    await caughtUp();
    expect(await aside()).toEqual(reasons);
    expect(await status()).toMatchObject({ state: 'STREAMING', setAside: reasons.length });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(`dipper_mirror_set_aside ${reasons.length}\n`);
    expect(await file('/ctao/odd/after')).toMatchObject({ obsId: 2 });
    for (const name of ['null', 'list', 'text', 'number']) expect((await file(`/ctao/odd/a/${name}`))?.metadata).toEqual({});
    expect(await file(`${long.slice(0, -1)}a`)).toMatchObject({ metadata: { note: 'a\tb\n\\' } });
    expect((await file('/ctao/odd/a/heavy'))?.metadata['note']).toHaveLength(800_000);
    expect(await file('/ctao/odd/a/large')).toMatchObject({ obsId: 9007199254740993n, metadata: { sb_id: 123456789012345678901234567890n } });
  });

  it('are taken in when they become good', async () => {
    await mendOdd('a');
    await rows.rse(LATER, 'LATER');
    await caughtUp();
    expect(await aside()).toEqual([]);
    expect(await status()).toMatchObject({ setAside: 0 });
    expect(await file('/ctao/odd/a/unsized')).toMatchObject({ bytes: 8, obsId: 5, replicas: [{ state: 'AVAILABLE' }] });
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
  });
});

describe('rows that Rucio would not write, in a snapshot', () => {
  it('are set aside as on the stream, and mended by it', async () => {
    await sync.stop();
    await rucio.client.query('delete from rucio.rules');
    await rucio.client.query('delete from rucio.replicas where rse_id = $1', [LATER]);
    await rucio.client.query('delete from rucio.rses where id = $1', [LATER]);
    await rucio.dropSlot();
    await writeOdd('b');
    begin();
    await caughtUp();
    expect(sync.output).toContain('is gone');
    expect(await aside()).toEqual(reasons);
    expect(await status()).toMatchObject({ state: 'STREAMING', setAside: reasons.length });
    await mendOdd('b');
    await rows.rse(LATER, 'LATER');
    await caughtUp();
    expect(await aside()).toEqual([]);
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
  });
});

describe('a publication', () => {
  const all = ['dids', 'did_meta', 'contents', 'rules', 'rses', 'rse_attr_map', 'rse_protocols', 'rse_usage', 'replicas'].map((table) => `rucio.${table}`).join(', ');
  it.each([
    ['leaves out deletions', `set (publish = 'insert, update')`, `set (publish = 'insert, update, delete')`, 'leaves out each delete'],
    ['has lost a table', 'drop table rucio.rules', 'add table rucio.rules', 'lacks tables'],
    ['has some columns only', `set table ${all} (scope, name, rse_id, state)`, `set table ${all}`, 'has only some columns or rows of rucio.replicas'],
  ])('that %s stops sync with a clear message; put right, the mirror is exact again', async (_what, cut, mend, message) => {
    const gone = '/ctao/odd/gone';
    await rows.did(gone);
    await caughtUp();
    await rucio.client.query(`alter publication dipper ${cut}`);
    await rucio.client.query('delete from rucio.dids where name = $1', [gone]);
    expect(await Promise.race([sync.ended, sleep(30_000)])).toBe(1);
    expect(sync.output).toContain(message);
    await rucio.client.query(`alter publication dipper ${mend}`);
    begin();
    await caughtUp();
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
  });

  it('that was made anew leads to a new snapshot', async () => {
    await sync.stop();
    await rucio.client.query('drop publication dipper');
    await rows.did('/ctao/odd/unpublished');
    expect(await begin().ended).toBe(1);
    expect(sync.output).toMatch(/has no publication dipper, and dipper may not make it. Run there as the tables' owner: create publication "dipper" for table rucio\.rses/);
    await rucio.client.query(`create publication dipper for table ${all}`);
    begin();
    await caughtUp();
    expect(sync.output).toContain('snapshot: begins');
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
  });
});

describe("a change of Rucio's tables", () => {
  it('that adds a column does no harm', async () => {
    await rows.did('/ctao/odd/before-column');
    await rucio.client.query(`alter table rucio.dids add column colour text default 'red'`);
    await together(() => rows.did('/ctao/odd/after-column', { metadata: '{"obs_id": 3}' }), () => rows.metadata('/ctao/odd/first', '{"obs_id": 4}'));
    await caughtUp();
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
    await rucio.client.query('alter table rucio.dids drop column colour');
    await rows.did('/ctao/odd/without-column');
    await caughtUp();
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
  });

  it.each([
    ['renames', 'replicas', 'state', 'rename column state to condition', 'rename column condition to state', `condition = 'U'`],
    ['drops', 'replicas', 'path', 'drop column path', 'add column path varchar(1024)', `state = 'U'`],
  ])('that %s a column we need stops sync with a clear message, and reads go on; put back, sync goes on exactly', async (_what, table, column, away, back, change) => {
    await rucio.client.query(`alter table rucio.${table} ${away}`);
    await rucio.client.query(`update rucio.replicas set ${change} where name = '/ctao/odd/first'`);
    expect(await Promise.race([sync.ended, sleep(20_000)])).toBe(1);
    expect(sync.output).toContain(`dipper sync: Rucio's table rucio.${table} has no column ${column}: this version of Rucio is not one that dipper knows.`);
    expect(sync.output).not.toMatch(/\n\s+at /);
    expect(await begin().ended, 'it does not begin, either').toBe(1);
    expect(sync.output).toContain(`dipper sync: Rucio's table rucio.${table} has no column ${column}`);
    expect(await file('/ctao/odd/first')).toMatchObject({ obsId: 4, replicas: [{ state: 'AVAILABLE' }] });
    await expect.poll(async () => (await status()).state, { timeout: 15_000 }).toBe('STALE');
    await rucio.client.query(`alter table rucio.${table} ${back}`);
    await rows.did(`/ctao/odd/${column}-is-back`, { metadata: '{"obs_id": 5}' });
    begin();
    await caughtUp();
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
    await rucio.client.query(`update rucio.replicas set state = 'A' where name = '/ctao/odd/first'`);
    await caughtUp();
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
  }, 90_000);
});

it.each([
  ['case 67: a serialization failure, a deadlock or a restart of Postgres amid a batch has the whole batch written again', '', true],
  ['case 68: a clock that jumps by an hour, and times of Rucio that do, lead to no gap', 'const { now } = Date; let at = 0; Date.now = () => now() + (Math.floor(at++ / 50) % 3 - 1) * 3_600_000;', false],
] as const)('%s', async (_title, clock, breaks) => {
  await sync.stop();
  sync = new SyncCli({ ...stack.env, DATABASE_URL: scratch.url, RUCIO_DATABASE_URL: rucio.syncUrl, DIPPER_SLOT: rucio.slot, DIPPER_LOG_LEVEL: 'info', NODE_OPTIONS: clock && `--import=data:text/javascript,${encodeURIComponent(clock)}` });
  await caughtUp();
  const name = breaks ? 'broken' : 'jumps';
  if (breaks) await mirror.query(`
    create sequence public.breaks;
    create function public.break() returns trigger language plpgsql as $$
      declare turn bigint := nextval('public.breaks');
      begin
        if turn = 3 then raise exception 'could not serialize access' using errcode = '40001'; end if;
        if turn = 7 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
        if turn = 11 then perform pg_terminate_backend(pg_backend_pid()); end if;
        return new;
      end $$;
    create trigger break before insert on mirror.file for each row execute function public.break()`);
  try {
    const several = Array.from({ length: 20 }, (_, at) => `/ctao/odd/${name}/${at}`);
    for (let part = 0; part < 20; part += 5) {
      await together(...several.slice(part, part + 5).flatMap((one) => [() => rows.did(one, { metadata: '{"obs_id": 8}' }), () => rows.replica(one, RSE)]));
      const hours = (part / 5 - 1) * 2;
      if (!breaks) await rucio.client.query(`update rucio.dids set created_at = now() + make_interval(hours => $1), updated_at = now() - make_interval(hours => $1) where name = any ($2)`, [hours, several.slice(part, part + 5)]);
      await sleep(300);
    }
    await caughtUp();
    expect((await mirror.query('select from mirror.file where name = any ($1) and obs_id = 8', [several])).rowCount).toBe(20);
    expect(await compareMirror(rucio.client, mirror)).toEqual({});
    if (breaks) expect([Number((await mirror.query<{ last: string }>('select last_value as last from public.breaks')).rows[0]!.last), sync.output.match(/sync broke off/g)?.length]).toEqual([expect.toSatisfy((turns) => turns > 20), 3]);
    expect(sync.output).not.toContain('snapshot: begins');
  } finally {
    if (breaks) await mirror.query('drop trigger break on mirror.file; drop function public.break; drop sequence public.breaks');
  }
}, 120_000);
