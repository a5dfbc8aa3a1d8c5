import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { runSync } from '../../src/daemons/sync.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { restSource } from '../../src/services/crawl/rest-source.js';
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { registry } from '../support/registry.js';
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
async function pass(): Promise<void> {
  const login = { url: proxy.url, account: env['RUCIO_ACCOUNT']!, username: env['RUCIO_USERNAME']!, password: env['RUCIO_PASSWORD']! };
  const late = AbortSignal.timeout(PASS_MS);
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  await runSync({ mirrorUrl: scratch.url, source: restSource({ rucio: login, concurrency: 4, rate: 1000, pauseSeconds: 0 }), fields: registry, log: quiet, signal: late, once: true });
  expect(late.aborted, 'the pass does not end').toBe(false);
}

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
  it('takes in all that large datasets hold, and lets go of what they hold no more', async () => {
    const [files, others] = [await writer.addFiles(1_200), await writer.addFiles(501)];
    const [large, edge] = [await writer.addDataset(), await writer.addDataset()];
    await writer.attach(large, files);
    await writer.attach(edge, others);
    await pass();
    expect([await heldBy(large), await heldBy(edge)]).toEqual([namesOf(files), namesOf(others)]);
    await writer.detach(large, files.slice(0, 500));
    await pass();
    expect([await heldBy(large), await heldBy(edge)]).toEqual([namesOf(files.slice(500)), namesOf(others)]);
    expect(await setAside()).toEqual([]);
  }, 2 * PASS_MS);
});
