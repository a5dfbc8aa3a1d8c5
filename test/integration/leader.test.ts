import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../dev/until.js';
import { writeAsLeader } from '../../src/datasources/mirror/leadership.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { afterFreeze, afterKill, readLeaderSession, type Candidate } from '../crash/failover.js';
import { addFiles, emptyScopes, numberFiles } from '../crash/huge.js';
import { registry } from '../support/registry.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { SyncCli } from '../support/sync-cli.js';
import { SyncWriter } from '../support/sync-writer.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const stack = testStack();
const slot = `dipper_leader_${process.pid}`;
const writer = new SyncWriter(stack, `lead${process.pid.toString(36)}`);
const { scope } = writer;
let scratch: ScratchDatabase;
let mirror: pg.Client;
let rucio: pg.Client;
let syncs: Sync[];

/** A sync that can be told from the other by the door that it goes through. */
class Sync implements Candidate {
  cli: SyncCli | undefined;
  constructor(readonly name: string, readonly door: TcpProxy) {}
  async start(): Promise<void> {
    const cli = new SyncCli({ ...stack.env, DATABASE_URL: this.door.through(scratch.url), DIPPER_SLOT: slot, DIPPER_LOG_LEVEL: 'info' });
    this.cli = cli;
    await until(() => /this process leads|standing by/.test(cli.output), 60);
  }
  async kill(): Promise<void> {
    this.cli!.kill('SIGKILL');
    await this.cli!.ended;
  }
  freeze(): void { this.cli!.kill('SIGSTOP'); }
  thaw(): void { this.cli!.kill('SIGCONT'); }
}

const options = () => ({
  mirror, signal: new AbortController().signal,
  async leader() {
    const session = await readLeaderSession(mirror);
    return session && syncs.find(({ door }) => door.holds(session.port));
  },
  change: (number: number) => rucio.query(`update rucio.did_meta set meta = jsonb_build_object('changed', $2::int) where scope = $1 and name like '%/f0000001'`, [scope, number]),
  shown: `select from mirror.file where scope = '${scope}' and metadata->'changed' = to_jsonb($1::int)`,
});

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

beforeAll(async () => {
  scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
  await migrate(scratch.url, registry);
  [mirror, rucio] = await Promise.all([connected(scratch.url), connected(stack.rucioOwnerUrl), writer.begin()]);
  await addFiles(rucio, { scope, folder: `/ctao/${scope}`, rse: writer.anyRse, count: 4_000 });
  syncs = await Promise.all(['one', 'two'].map(async (name) => new Sync(name, await TcpProxy.open(scratch.url))));
  for (const sync of syncs) await sync.start();
}, 60_000);

afterAll(async () => {
  for (const sync of syncs) await sync.cli?.stop();
  for (const { door } of syncs) await door.close();
  await emptyScopes(rucio, [scope]);
  const follower = await connected(stack.env['RUCIO_DATABASE_URL']!);
  await follower.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [slot]);
  await Promise.all([follower.end(), mirror.end(), rucio.end()]);
  await scratch.drop();
}, 60_000);

// `npm run crash` holds them to 10 seconds; a busy machine may take longer.
const SOON_SECONDS = 30;

describe('when the sync that leads is lost, a change in Rucio is soon in the mirror', () => {
  it('after kill -9', async () => {
    expect(await afterKill(options(), 1)).toBeLessThan(SOON_SECONDS);
    expect(await afterKill(options(), 2)).toBeLessThan(SOON_SECONDS);
  }, 120_000);

  it('after it froze in the midst of a transaction; going on, it cannot write, and stands by', async () => {
    const { leader } = options();
    let frozen: Candidate | undefined;
    const { seconds, faults } = await afterFreeze(options(), 3, async () => {
      frozen = await leader();
      await numberFiles(rucio, scope, 7);
    });
    expect(faults).toEqual([]);
    expect(seconds).toBeLessThan(SOON_SECONDS);
    const { output } = (frozen as Sync).cli!;
    expect(output).toContain('sync broke off');
    expect(output.trimEnd().split('\n').at(-1)).toContain('standing by');
    const { rows } = await mirror.query<{ files: string; numbered: string }>(
      `select count(*) as files, count(*) filter (where obs_id = 7 or metadata ? 'changed') as numbered from mirror.file where scope = $1`, [scope]);
    expect(rows).toEqual([{ files: '4000', numbered: '4000' }]);
  }, 120_000);
});

describe('case 66: a term', () => {
  it('that has ended cannot write', async () => {
    const { rows: [before] } = await mirror.query<{ term: string; position: string }>('select term, position::text from mirror.source');
    await mirror.query('begin');
    await mirror.query(`delete from mirror.file where scope = $1`, [scope]);
    await expect(writeAsLeader(mirror, String(Number(before!.term) - 1), `position = '0/1'`)).rejects.toThrow('Another process keeps the mirror now.');
    await mirror.query('rollback');
    expect((await mirror.query('select term from mirror.source')).rows).toEqual([{ term: before!.term }]);
  });

  it('lasts while its sync lives, and the other stands by', async () => {
    const term = async () => (await mirror.query<{ term: string }>('select term from mirror.source')).rows[0]!.term;
    const before = await term();
    for (let n = 8; n < 10; n += 1) {
      await numberFiles(rucio, scope, n);
      await expect.poll(async () => (await mirror.query('select from mirror.file where scope = $1 and obs_id = $2 limit 1', [scope, n])).rowCount, { timeout: 30_000 }).toBe(1);
    }
    expect(await term()).toBe(before);
  }, 120_000);
});
