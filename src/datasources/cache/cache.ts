/** Where a value was found. */
export type CacheTier = 'memory' | 'redis';

export interface Found {
  readonly value: Buffer;
  readonly tier: CacheTier;
}

/** Keeps bytes for a while. It may forget anything at any time, and what goes wrong with it is a miss: nothing here throws. */
export interface Cache {
  /** What is there, in the order of the keys; null for a miss. */
  getMany(keys: readonly string[]): Promise<readonly (Found | null)[]>;
  setMany(entries: ReadonlyMap<string, Buffer>): Promise<void>;
  close(): Promise<void>;
}
