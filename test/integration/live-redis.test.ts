import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/ask.js';
import { liveApp, Positions, type LiveApp } from '../support/live-app.js';
import { RedisServer } from '../support/redis-server.js';
import { RucioRest } from '../support/rucio-rest.js';
import { testStack } from '../support/stack.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const stack = testStack();
const scope = `redis${process.pid.toString(36)}`;
const rest = new RucioRest(stack);
const positions = new Positions(stack);
const names = Array.from({ length: 60 }, (_, at) => `/ctao/${scope}/day/file${at}.dat`);
let redis: RedisServer;
const apps: LiveApp[] = [];

async function on(url: string, settings: Readonly<Record<string, string>> = {}): Promise<LiveApp> {
  const app = await liveApp(stack, { DIPPER_REDIS_URL: url, ...settings });
  apps.push(app);
  for (let errors = -1; errors !== await app.reads('redis', 'error');) { // connected once a key was looked for
    errors = await app.reads('redis', 'error');
    await dataOf(app.url, '{ file(lfn: "/ctao/none/none", consistency: LIVE) { lfn } }');
  }
  app.calls.length = 0;
  return app;
}

interface Found { readonly lfn: string; readonly bytes: number; readonly metadata: { readonly note?: string }; readonly replicas: readonly { readonly state: string }[] }
async function read(app: LiveApp, lfns: readonly string[]): Promise<Found[]> {
  const query = 'query ($lfns: [LFN!]!) { filesByLfn(lfns: $lfns, consistency: LIVE) { found { lfn bytes metadata(keys: ["note"]) replicas { state } } } }';
  return (await dataOf<{ filesByLfn: { found: Found[] } }>(app.url, query, { lfns })).filesByLfn.found;
}
const expected = (lfns: readonly string[], note?: string): Found[] => lfns.map((lfn) => ({ lfn, bytes: 100 + names.indexOf(lfn), metadata: note === undefined ? {} : { note }, replicas: [{ state: 'AVAILABLE' }] }));

beforeAll(async () => {
  redis = await RedisServer.start();
  await rest.call('POST', `/accounts/${stack.env['RUCIO_ACCOUNT']!}/scopes/${scope}`);
  await rest.call('POST', '/replicas/', { rse: 'PIC', files: names.map((name, at) => ({ scope, name, bytes: 100 + at, adler32: '0cc737eb' })) });
  await positions.caughtUp();
  await sleep(1_100); // what is read right after a change is not kept for long
}, 600_000);
afterAll(async () => {
  for (const app of apps) await app.stop();
  await Promise.all([positions.close(), redis.remove()]);
});

describe('two dippers on one Redis', () => {
  let first: LiveApp;
  let second: LiveApp;
  beforeAll(async () => { [first, second] = [await on(redis.url), await on(redis.url)]; });

  it('ask Rucio once between them', async () => {
    const some = names.slice(0, 10);
    expect(await read(first, some)).toEqual(expected(some));
    expect(first.calls.length).toBe(3);
    expect(await read(second, some)).toEqual(expected(some));
    expect(second.calls).toEqual([]);
    expect(await second.reads('redis', 'hit')).toBe(21); // and the file that is not there
  });

  it('both see a change', async () => {
    const some = names.slice(0, 10);
    await rest.call('POST', '/dids/bulkdidsmeta', { dids: some.map((name) => ({ scope, name, meta: { note: 'changed' } })) });
    await positions.caughtUp();
    for (const app of [second, first]) expect(await read(app, some)).toEqual(expected(some, 'changed'));
  });

  it('that ask Rucio as different accounts share nothing', async () => {
    const account = `acc${scope}`;
    await rest.call('POST', `/accounts/${account}`, { type: 'USER', email: 'none@example.org' });
    await rest.call('POST', `/accounts/${account}/identities`, { identity: stack.env['RUCIO_USERNAME'], authtype: 'USERPASS', email: 'none@example.org', password: stack.env['RUCIO_PASSWORD'], default: false });
    const some = names.slice(10, 12);
    await read(first, some);
    const other = await on(redis.url, { RUCIO_ACCOUNT: account });
    expect(await read(other, some)).toEqual(expected(some));
    expect(other.calls.length).toBe(3);
  });

  it('case 65: do not believe what others put there', async () => {
    const some = names.slice(12, 16);
    await read(first, some);
    await redis.ask(async (client) => {
      const keys = await client.keys(`dipper:live:*${scope}*`);
      const values = await client.mgetBuffer(keys);
      expect(keys.length).toBeGreaterThanOrEqual(8);
      const garbage = [(value: Buffer) => value.subarray(0, value.length >> 1), () => Buffer.from('{"bytes": 1}'), (value: Buffer, at: number) => values[(at + 1) % values.length]!, (value: Buffer) => Buffer.concat([value, Buffer.from('!')])];
      for (const [at, key] of keys.entries()) await client.set(key, garbage[at % garbage.length]!(values[at]!, at));
    });
    const other = await on(redis.url);
    expect(await read(other, some)).toEqual(expected(some));
    expect(other.calls.length).toBe(3);
  });
});

describe('answers stay right and come at once', () => {
  /** Reads what was not read before, a few files at a time. */
  async function readOn(app: LiveApp, from: number, to: number): Promise<number> {
    const begun = Date.now();
    for (let at = from; at < to; at += 1) expect(await read(app, names.slice(at, at + 1))).toEqual(expected(names.slice(at, at + 1)));
    return Date.now() - begun;
  }

  it('while Redis is slow, then not there', async () => {
    const proxy = await TcpProxy.open(redis.url);
    const app = await on(proxy.through(redis.url));
    proxy.delayMs = 3_000;
    expect(await readOn(app, 20, 28)).toBeLessThan(12_000); // one wait for each would take 24 s
    expect(await app.reads('redis', 'error')).toBeGreaterThanOrEqual(16);
    await proxy.close();
    expect(await readOn(app, 28, 36)).toBeLessThan(12_000);
  });

  it('while Redis sleeps', async () => {
    const app = await on(redis.url);
    const sleeping = redis.ask((client) => client.call('DEBUG', 'SLEEP', '3'));
    expect(await readOn(app, 36, 44)).toBeLessThan(12_000);
    await sleeping;
  });

  it('while Redis is full', async () => {
    const full = await RedisServer.start('--maxmemory-policy', 'noeviction');
    const app = await on(full.url);
    await full.ask((client) => client.config('SET', 'maxmemory', '1'));
    expect(await readOn(app, 44, 52)).toBeLessThan(12_000);
    expect(await full.ask((client) => client.keys(`*${scope}*`))).toEqual([]);
    await full.remove();
    expect(await readOn(app, 52, 60)).toBeLessThan(12_000);
  });
});
