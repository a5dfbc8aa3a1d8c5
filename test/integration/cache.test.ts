import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cache } from '../../src/datasources/cache/cache.js';
import { createMemoryCache } from '../../src/datasources/cache/memory.js';
import { createRedisCache } from '../../src/datasources/cache/redis.js';
import { createTieredCache } from '../../src/datasources/cache/tiered.js';
import { itIsACache, SECONDS, valuesOf } from '../support/cache-conformance.js';
import { RedisServer } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';

let server: RedisServer;
const troubles: string[] = [];
let skipped = 0;
const memory = () => createMemoryCache({ bytes: 32 * 1024 * 1024, seconds: SECONDS });

/** Connected, where there is something to connect to. */
async function redis(url = server.url, secret = 'secret'): Promise<Cache> {
  const cache = createRedisCache({
    url, prefix: 'test:', secret, seconds: SECONDS,
    onTrouble: (error) => { troubles.push(error ? 'trouble' : 'well'); }, onSkipped: (keys) => { skipped += keys; },
  });
  await expect.poll(async () => { skipped = 0; await cache.getMany(['none']); return skipped; }).toBe(0);
  return cache;
}

beforeAll(async () => { server = await RedisServer.start(); }, 600_000);
afterAll(() => server.remove());
beforeEach(async () => {
  await server.ask((client) => client.flushall());
  troubles.length = skipped = 0;
});

describe('memory', () => {
  itIsACache(async () => memory());

  it('keeps to its bytes, and forgets what was not used for longest', async () => {
    const cache = createMemoryCache({ bytes: 1_000_000, seconds: SECONDS });
    for (let at = 0; at < 200; at += 1) {
      await cache.setMany(new Map([[`key ${at}`, randomBytes(10_000)]]));
      await cache.getMany(['key 0']);
    }
    const found = await cache.getMany(Array.from({ length: 200 }, (_, at) => `key ${at}`));
    const kept = found.flatMap((one, at) => (one ? [at] : []));
    expect(kept).toEqual([0, ...Array.from({ length: kept.length - 1 }, (_, at) => 201 - kept.length + at)]);
    expect(kept.length).toBeGreaterThan(90);
    expect(kept.length).toBeLessThanOrEqual(100);
  });
});

describe('Redis', () => {
  itIsACache(() => redis());

  it('case 65: does not take for a value what is damaged, of another type, foreign, or another key\'s', async () => {
    const cache = await redis();
    const keys = ['cut', 'short', 'changed', 'moved', 'list', 'foreign', 'whole'];
    await cache.setMany(new Map(keys.map((key) => [key, Buffer.from(`value of ${key}`)])));
    const stranger = await redis(server.url, 'another secret');
    await stranger.setMany(new Map([['foreign', Buffer.from('not yours')]]));
    await server.ask(async (client) => {
      await client.set('test:cut', (await client.getBuffer('test:cut'))!.subarray(0, -1));
      await client.set('test:short', 'x');
      await client.setrange('test:changed', 20, 'X');
      await client.rename('test:moved', 'test:elsewhere');
      await client.del('test:list');
      await client.rpush('test:list', 'value');
    });
    expect(await valuesOf(cache, [...keys, 'elsewhere'])).toEqual([null, null, null, null, null, null, Buffer.from('value of whole').toString('hex'), null]);
    await Promise.all([cache.close(), stranger.close()]);
  });

  it('that is full is read on', async () => {
    const full = await RedisServer.start('--maxmemory', '3mb', '--maxmemory-policy', 'noeviction');
    const cache = await redis(full.url);
    await cache.setMany(new Map([['small', Buffer.from([1])]]));
    for (let at = 0; at < 10; at += 1) await cache.setMany(new Map([[`large ${at}`, randomBytes(1_000_000)]]));
    await expect(full.ask((client) => client.set('more', 'x'))).rejects.toThrow('OOM');
    expect(await valuesOf(cache, ['small'])).toEqual(['01']);
    expect(troubles).toEqual(['trouble']);
    await cache.close();
    await full.remove();
  });

  it('that is slow costs a few waits, then nothing, and is used again when it is well', async () => {
    const proxy = await TcpProxy.open(server.url);
    const cache = await redis(proxy.through(server.url));
    await cache.setMany(new Map([['key', Buffer.from([1])]]));
    proxy.delayMs = 1_000;
    let begun = Date.now();
    for (let at = 0; at < 4; at += 1) expect(await valuesOf(cache, ['key'])).toEqual([null]);
    expect(Date.now() - begun).toBeLessThan(1_500); // 300 ms of waits
    begun = Date.now();
    for (let at = 0; at < 1_000; at += 1) await cache.getMany(['key']);
    expect(Date.now() - begun).toBeLessThan(500);
    expect(skipped).toBe(1_004);
    proxy.delayMs = 0;
    await expect.poll(async () => { await cache.setMany(new Map([['key', Buffer.from([2])]])); return valuesOf(cache, ['key']); }, { timeout: 20_000, interval: 200 }).toEqual(['02']);
    expect(troubles).toEqual(['trouble', 'well']);
    await cache.close();
    await proxy.close();
  });

  it('that goes away and comes back is used again', async () => {
    const cache = await redis();
    await server.down();
    const begun = Date.now();
    for (let at = 0; at < 100; at += 1) expect(await valuesOf(cache, ['key'])).toEqual([null]);
    expect(Date.now() - begun).toBeLessThan(1_500);
    await server.up();
    await expect.poll(async () => { await cache.setMany(new Map([['key', Buffer.from([2])]])); return valuesOf(cache, ['key']); }, { timeout: 20_000, interval: 200 }).toEqual(['02']);
    expect(troubles).toEqual(['trouble', 'well']);
    await cache.close();
  });

  it('that sleeps ends no process and leaves nothing behind', async () => {
    const cache = await redis();
    await cache.setMany(new Map([['key', Buffer.from([1])]]));
    const sleeping = server.ask((client) => client.call('DEBUG', 'SLEEP', '1'));
    await expect.poll(() => valuesOf(cache, ['key'])).toEqual([null]);
    await sleeping;
    await expect.poll(async () => { await cache.setMany(new Map([['key', Buffer.from([3])]])); return valuesOf(cache, ['key']); }, { timeout: 20_000, interval: 200 }).toEqual(['03']);
    await cache.close();
  });

  it('that was never there is not waited for', async () => {
    const cache = createRedisCache({ url: 'redis://127.0.0.1:1', prefix: '', secret: '', seconds: SECONDS, onTrouble: (error) => { troubles.push(String(error)); }, onSkipped: () => undefined });
    expect(await valuesOf(cache, ['key'])).toEqual([null]);
    await expect.poll(() => troubles.length).toBe(1);
    await cache.close();
  });
});

describe('memory before Redis', () => {
  itIsACache(async () => createTieredCache(memory(), await redis()));

  it('takes into memory what Redis alone has, and asks Redis for nothing that memory has', async () => {
    const other = await redis();
    await other.setMany(new Map([['far', Buffer.from([1])]]));
    const near = memory();
    const cache = createTieredCache(near, await redis());
    await cache.setMany(new Map([['near', Buffer.from([2])]]));
    expect((await cache.getMany(['near', 'far', 'none'])).map((found) => found?.tier)).toEqual(['memory', 'redis', undefined]);
    expect((await cache.getMany(['near', 'far', 'none'])).map((found) => found?.tier)).toEqual(['memory', 'memory', undefined]);
    expect(await valuesOf(other, ['near'])).toEqual(['02']);
    await Promise.all([cache.close(), other.close()]);
  });
});
