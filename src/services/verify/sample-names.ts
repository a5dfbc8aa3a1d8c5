import { createHash } from 'node:crypto';
import type pg from 'pg';
import { knownScopes } from '../../datasources/mirror/known-scopes.js';
import type { Row } from '../../datasources/postgres/row-reader.js';
import type { Rest } from './rest.js';
import type { Telling } from './sides.js';

interface Drawn { readonly rank: bigint; readonly row: Row }
const byRank = (one: Drawn, other: Drawn) => (one.rank < other.rank ? -1 : 1);
const EVERY = 1_000;

/** Scope and name of files by chance, the same for the same seed: all names are listed once, and those with the smallest digests kept. */
export async function sampleNames({ rucio, patience, signal }: Rest, mirror: pg.ClientBase, { count, seed, onProgress }: { count: number; seed: number } & Pick<Telling, 'onProgress'>): Promise<Row[]> {
  let seen = 0;
  const smallest = (drawn: Drawn[]) => drawn.sort(byRank).slice(0, count);

  async function draw(scope: string): Promise<Drawn[]> {
    let drawn: Drawn[] = [];
    for await (const { name, didType } of rucio.names(scope, { signal, onFault: () => undefined })) {
      seen += 1;
      if (seen % EVERY === 0) onProgress('names', seen, 0);
      if (didType !== 'FILE') continue;
      drawn.push({ rank: createHash('sha1').update(`${seed} ${scope}:${name}`).digest().readBigUInt64LE(), row: [scope, name] });
      if (drawn.length >= 2 * count + EVERY) drawn = smallest(drawn);
    }
    return smallest(drawn);
  }

  let drawn: Drawn[] = [];
  for (const scope of new Set([...await patience.ask(() => rucio.scopes({ signal })), ...await knownScopes(mirror)])) {
    drawn = smallest([...drawn, ...await patience.ask(() => draw(scope))]);
  }
  return drawn.map(({ row }) => row);
}
