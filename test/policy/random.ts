/** Numbers that look like chance and are the same for the same seed. */
export interface Random {
  /** From 0 to below `end`. */
  below(end: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Some of the list, at least `least`, in its order. */
  some<T>(list: readonly T[], least?: number): T[];
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => { // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return {
    below, chance: (share) => next() < share, pick: (list) => list[below(list.length)]!,
    some(list, least = 1) {
      const order = list.map((_, at) => ({ at, key: next() })).sort((a, b) => a.key - b.key).map(({ at }) => at);
      const chosen = new Set(order.slice(0, Math.min(list.length, least + below(3))));
      return list.filter((_, at) => chosen.has(at));
    },
  };
}
