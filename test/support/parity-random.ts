/** A source of chance that gives the same each time: the run can be repeated by its seed. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  (): number;
  /** A whole number from 0 up to, not including, the limit. */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  /** So many different ones, in their order; all where there are fewer. */
  some<T>(count: number, from: readonly T[]): T[];
}

/** mulberry32: 32 bits of state are enough for tests. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return Object.assign(next, {
    below,
    pick: <T>(from: readonly T[]): T => from[below(from.length)]!,
    some: <T>(count: number, from: readonly T[]): T[] => {
      const left = from.map((one, index) => ({ one, index, key: next() })).sort((a, b) => a.key - b.key);
      return left.slice(0, count).sort((a, b) => a.index - b.index).map(({ one }) => one);
    },
  });
}
