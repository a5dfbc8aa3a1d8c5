import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Cache } from '../../src/datasources/cache/cache.js';

/** Seconds for which the caches under test keep a value. */
export const SECONDS = 2;

export const valuesOf = async (cache: Cache, keys: readonly string[]) => (await cache.getMany(keys)).map((found) => found?.value.toString('hex') ?? null);

/** What every cache must do; `make` gives an empty one. */
export function itIsACache(make: () => Promise<Cache>): void {
  it('gives back bytes as they were, in the order of the keys, and null for what it does not have', async () => {
    const cache = await make();
    const values = { empty: Buffer.alloc(0), zero: Buffer.from([0, 0]), large: randomBytes(1_000_000), 'a key: with /signs ünd \n': Buffer.from('ä') };
    await cache.setMany(new Map(Object.entries(values)));
    expect(await valuesOf(cache, ['large', 'none', 'a key: with /signs ünd \n', 'zero', 'empty', 'zero'])).toEqual([
      values.large.toString('hex'), null, 'c3a4', '0000', '', '0000',
    ]);
    await cache.close();
  });

  it('takes 500 keys at once, and none', async () => {
    const cache = await make();
    const entries = new Map(Array.from({ length: 500 }, (_, at) => [`key ${at}`, randomBytes(2_000)]));
    await cache.setMany(entries);
    expect(await valuesOf(cache, [...entries.keys()])).toEqual([...entries.values()].map((value) => value.toString('hex')));
    expect(await cache.getMany([])).toEqual([]);
    await cache.setMany(new Map());
    await cache.close();
  });

  it('gives the newest value, until its time is up', async () => {
    const cache = await make();
    await cache.setMany(new Map([['key', Buffer.from([1])]]));
    await cache.setMany(new Map([['key', Buffer.from([2])]]));
    expect(await valuesOf(cache, ['key'])).toEqual(['02']);
    await sleep(SECONDS * 1000 + 100);
    expect(await valuesOf(cache, ['key'])).toEqual([null]);
    await cache.close();
  });

  it('is not changed by what is done to a value outside', async () => {
    const cache = await make();
    const mine = Buffer.from([1, 2, 3]);
    await cache.setMany(new Map([['key', mine]]));
    mine.fill(9);
    expect(await valuesOf(cache, ['key'])).toEqual(['010203']);
    await cache.close();
  });

  it('has nothing more to say when it is closed, and does not throw', async () => {
    const cache = await make();
    await cache.close();
    await cache.setMany(new Map([['key', Buffer.from([1])]]));
    await cache.getMany(['key']);
    await cache.close();
  });
}
