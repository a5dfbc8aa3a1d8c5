import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { createMirrorPool, type MirrorPool } from '../../src/datasources/mirror/pool.js';
import type { SourceChange } from '../../src/datasources/rucio-db/messages.js';
import { ask } from '../support/ask.js';
import { configOn, fileRows, scratchArchive, type ScratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
let archive: ScratchArchive;
let app: App;
let url: string;
/** What happens just before a statement that answers; how many there were. */
let before: () => Promise<void>;
let statements: number;

const ids = { ONE: '11111111-1111-4111-8111-111111111111', TWO: '22222222-2222-4222-8222-222222222222' };
type Name = keyof typeof ids;
const upsert = (table: string, row: Record<string, string | null>): SourceChange => ({ table, op: 'upsert', row, unchanged: [] });
const rse = (name: Name) => upsert('rses', { id: ids[name], rse: name, rse_type: 'DISK', deterministic: 't', availability_read: 't', availability_write: 't', availability_delete: 't', deleted: 'f' });
const attribute = (name: Name, key: string, value: string) => upsert('rse_attr_map', { rse_id: ids[name], key, value });
const at = '2026-11-23 10:00:00';
const replica = (name: Name) => upsert('replicas', { rse_id: ids[name], scope: 'acada', name: `on${name}`, bytes: '5', adler32: null, state: 'A', path: null, created_at: at, updated_at: at });

beforeAll(async () => {
  archive = await scratchArchive(stack);
  await archive.mirror.query(`insert into mirror.source (kind, state, checked_at) values ('REPLICATION', 'STREAMING', now())`);
  await archive.write(rse('ONE'), rse('TWO'), ...fileRows({ scope: 'acada', name: 'onONE' }), ...fileRows({ scope: 'acada', name: 'onTWO' }), replica('ONE'), replica('TWO'), attribute('ONE', 'tier', '0'));
  const config = configOn(stack, archive.mirrorUrl);
  const pool = createMirrorPool({ url: config.mirrorUrl, size: config.poolSize, timeoutSeconds: 20, onError: () => undefined });
  const row: MirrorPool['row'] = async (statement, signal) => {
    statements += 1;
    await before();
    return pool.row(statement, signal);
  };
  app = await createApp(config, { pool: { ...pool, row } });
  url = await app.start();
});
afterAll(async () => {
  await app.stop();
  await archive.close();
});
beforeEach(() => {
  before = async () => undefined;
  statements = 0;
});

const rses = (expression: string) => ask(url, `{ rses(expression: "${expression}") { name } }`);
const files = (expression: string) => ask(url, `{ files(where: { replica: { rse: "${expression}" } }) { nodes { name } } }`);

it('an RSE expression is worked out on the RSEs of the very state that is read', async () => {
  for (let round = 1; round <= 20; round += 1) {
    const [now, then] = round % 2 ? ['TWO', 'ONE'] as const : ['ONE', 'TWO'] as const;
    await archive.write(attribute(now, 'round', String(round)), attribute(then, 'round', '0'));
    expect((await rses(`round=${round}`)).data).toEqual({ rses: [{ name: now }] });
    expect((await files(`round=${round}`)).data).toEqual({ files: { nodes: [{ name: `on${now}` }] } });
  }
});

it('also where they change after the filter has been worked out', async () => {
  await archive.write(attribute('ONE', 'when', 'early'), attribute('TWO', 'when', 'early'));
  await rses('when=early');
  before = async () => {
    before = async () => undefined;
    await archive.write(attribute('TWO', 'when', 'late'));
  };
  statements = 0;
  const { data } = await ask(url, '{ rses(expression: "when=early") { name } files(where: { replica: { rse: "when=early" } }) { nodes { name } } all: rses { name } }');
  expect(data).toEqual({ rses: [{ name: 'ONE' }], files: { nodes: [{ name: 'onONE' }] }, all: [{ name: 'ONE' }, { name: 'TWO' }] });
  expect(statements).toBe(2);
});

it('an expression that fits nothing may fit something a moment later', async () => {
  expect((await rses('born=1')).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  await archive.write(attribute('ONE', 'born', '1'));
  expect((await rses('born=1')).data).toEqual({ rses: [{ name: 'ONE' }] });
});

it('one that fits nothing fails its own field alone', async () => {
  const { data, errors } = await ask(url, '{ a: rses(expression: "no=1") { name } b: rses(expression: "tier=0") { name } }');
  expect(errors?.map(({ path, extensions: { code } }) => [path, code])).toEqual([[['a'], 'BAD_USER_INPUT']]);
  expect(data).toBe(null); // a list that cannot be null
});

it('is asked once where nothing has changed, and where RSEs do not matter', async () => {
  await rses('tier=0');
  statements = 0;
  await rses('tier=0');
  expect(statements).toBe(1);
  before = () => archive.write(attribute('ONE', 'tick', String(statements)));
  await ask(url, '{ files { totalCount } }');
  expect(statements).toBe(2);
});

it('gives up where RSEs change all the time', async () => {
  before = () => archive.write(attribute('ONE', 'tick', String(Math.random())));
  expect(await rses('tier=0')).toMatchObject({ status: 503, errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
});
