import type { Cache, Found } from './cache.js';

/** A near cache before a far one: what the far one alone has is taken into the near one. */
export function createTieredCache(near: Cache, far: Cache): Cache {
  return {
    async getMany(keys) {
      const found = [...await near.getMany(keys)];
      const missing = keys.flatMap((key, at) => (found[at] ? [] : [{ key, at }]));
      if (missing.length === 0) return found;
      const late = await far.getMany(missing.map(({ key }) => key));
      const taken = new Map<string, Buffer>();
      for (const [index, { key, at }] of missing.entries()) {
        const value: Found | null | undefined = late[index];
        if (!value) continue;
        found[at] = value;
        taken.set(key, value.value);
      }
      if (taken.size > 0) await near.setMany(taken);
      return found;
    },
    async setMany(entries) { await Promise.all([near.setMany(entries), far.setMany(entries)]); },
    async close() { await Promise.all([near.close(), far.close()]); },
  };
}
