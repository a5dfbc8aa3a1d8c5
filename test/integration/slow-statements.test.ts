import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp, type App } from '../../src/app.js';
import { ask } from '../support/ask.js';
import { configOn, scratchArchive, type ScratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const apps: App[] = [];
let archive: ScratchArchive;

beforeAll(async () => {
  archive = await scratchArchive(stack);
  await archive.mirror.query(`insert into mirror.file (scope, name, bytes, account, created_at, updated_at) select 'huge', '/ctao/huge/' || repeat('ab', 60) || n, 1, 'root', now(), now() from generate_series(1, 100000) n`);
}, 120_000);
afterAll(async () => {
  for (const app of apps) await app.stop();
  await archive.close();
});

async function start(timeoutSeconds: number): Promise<string> {
  const app = await createApp(configOn(stack, archive.mirrorUrl, { DIPPER_POOL_SIZE: '1', DIPPER_COST: '10000000', DIPPER_TIMEOUT_SECONDS: String(timeoutSeconds) }));
  apps.push(app);
  return app.start();
}

/** One after another they look at every file of a huge scope: minutes of work, had nothing limited what it may cost. */
const heavy = `{ ${Array.from({ length: 60 }, (_, at) => `a${at}: files(where: { scope: { eq: "huge" }, name: { like: "%a${at}%b%c" } }) { totalCount totalBytes }`).join(' ')} }`;
const running = async () => (await archive.mirror.query(`select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'dipper serve' and state = 'active'`)).rowCount;

it('case 15: a filter without an index ends with the statement timeout, and frees the only connection', async () => {
  const url = await start(2);
  const begun = Date.now();
  const { errors } = await ask(url, heavy);
  expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['TIMEOUT']));
  expect(Date.now() - begun).toBeGreaterThan(1500);
  expect(Date.now() - begun).toBeLessThan(10_000);
  expect(await running()).toBe(0);
  expect((await ask(url, '{ rses { name } }')).errors).toBeUndefined();
});

it('case 16: a statement ends in Postgres with its reader, and frees the only connection', async () => {
  const url = await start(60);
  const gone = new AbortController();
  const asked = fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: heavy }), signal: gone.signal }).catch(() => undefined);
  await expect.poll(running, { timeout: 10_000 }).toBe(1);
  await sleep(300);
  expect(await running()).toBe(1);
  gone.abort();
  await asked;
  await expect.poll(running, { timeout: 5_000 }).toBe(0);
  expect((await ask(url, '{ rses { name } }')).errors).toBeUndefined();
});
