import { keyColumns, type RowKind } from '../../domain/row-kind.js';
import type { ReadSome, Row } from '../../datasources/postgres/row-reader.js';
import type { WrongColumn } from './derived-columns.js';
import { differenceOf, type Difference } from './difference.js';

const LOOKS = 3;
/** A row that changes each time it is looked at is left open after these. */
const MAX_LOOKS = 12;

export interface LookOptions {
  readonly kind: RowKind;
  readonly rucio: ReadSome;
  readonly mirror: ReadSome;
  readonly derived: (metadata: string, stored: Row) => readonly WrongColumn[];
  /** Waits until the mirror has all that Rucio has by now, or just a moment; false where nothing brings it there. */
  readonly caughtUp: () => Promise<boolean>;
}

/** A difference, with the row of each side. */
export interface Found {
  readonly difference: Difference;
  readonly rucio: Row | null;
  readonly mirror: Row | null;
}

export interface Verdict {
  readonly found: readonly Found[];
  /** Rows that changed so often that nothing can be said. */
  readonly open: number;
}

const keyed = (rows: readonly Row[], length: number) => {
  const map = new Map<string, Row[]>();
  for (const row of rows) {
    const id = JSON.stringify(row.slice(0, length));
    map.set(id, [...map.get(id) ?? [], row]);
  }
  return map;
};

/**
 * Looks again at rows that seemed to differ, while both sides go on changing. In each look Rucio's row is read, then, when the mirror has come
 * past it, the mirror's, then Rucio's again: only where that is as before does the look count. A row differs that does so in three looks.
 */
export async function lookAgain({ kind, rucio, mirror, derived, caughtUp }: LookOptions, keys: readonly Row[]): Promise<Verdict> {
  const by = keyColumns(kind);
  const read = async (side: ReadSome, which: readonly Row[]) => keyed(await side.some(kind, by, which), by.length);
  let open = new Map(keys.map((key) => [JSON.stringify(key), { key, seen: 0 }]));
  const found: Found[] = [];
  let before = await read(rucio, keys);
  for (let look = 0; look < MAX_LOOKS && open.size; look += 1) {
    const which = [...open.values()].map(({ key }) => key);
    const looks = await caughtUp() ? LOOKS : 1;
    const copies = await read(mirror, which);
    const after = await read(rucio, which);
    const next: typeof open = new Map();
    for (const [id, { key, seen }] of open) {
      const row = after.get(id)?.[0] ?? null;
      if (JSON.stringify(row) !== JSON.stringify(before.get(id)?.[0] ?? null)) {
        next.set(id, { key, seen });
        continue;
      }
      // A key can come twice in the mirror, where a file and a collection have one name.
      const [one] = (copies.get(id) ?? [null]).flatMap((copy) => {
        const difference = differenceOf(kind, row, copy, derived);
        return difference ? [{ difference, rucio: row, mirror: copy }] : [];
      });
      if (!one) continue;
      if (seen + 1 >= looks) found.push(one);
      else next.set(id, { key, seen: seen + 1 });
    }
    open = next;
    before = after;
  }
  return { found, open: open.size };
}
