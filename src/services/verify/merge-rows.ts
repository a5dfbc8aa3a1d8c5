import { keyColumns, type RowKind } from '../../domain/row-kind.js';
import { readCell, readCells } from '../../datasources/postgres/copy-rows.js';
import type { Row } from '../../datasources/postgres/row-reader.js';
import type { WrongColumn } from './derived-columns.js';

/** Keys of some rows, each in the order of the kind's key columns. */
export type Keys = readonly Row[];

export interface Counts { rucio: number; mirror: number }

interface Lines {
  /** The line at hand; null at the end. */
  line: string | null;
  /** Goes to the next line of those that have come; false where the next are to be awaited. */
  step(): boolean;
  fill(): Promise<void>;
}

function linesOf(pages: AsyncIterator<readonly string[]>): Lines {
  let page: readonly string[] = [];
  let at = 0;
  return {
    line: null,
    step() {
      at += 1;
      if (at >= page.length) return false;
      this.line = page[at]!;
      return true;
    },
    async fill() {
      do {
        const next = await pages.next();
        if (next.done) {
          this.line = null;
          return;
        }
        page = next.value;
      } while (page.length === 0);
      at = 0;
      this.line = page[0]!;
    },
  };
}

function compareKeys(kind: RowKind, one: string, other: string): number {
  const [left, right] = [readCells(one), readCells(other)];
  for (let at = 0; at < keyColumns(kind).length; at += 1) {
    // By bytes, as both databases have ordered them: UTF-16, as JavaScript compares, is another order.
    const order = left[at] === right[at] ? 0 : Buffer.compare(Buffer.from(left[at] ?? ''), Buffer.from(right[at] ?? ''));
    if (order) return order;
  }
  return 0;
}

/** The same rows: the mirror's line may have derived columns behind, which must fit the metadata, the last of the columns before. */
function areSame(kind: RowKind, rucio: string, mirror: string, derived: (metadata: string, stored: Row) => readonly WrongColumn[]): boolean {
  if (kind !== 'files') return rucio === mirror;
  if (!mirror.startsWith(rucio) || mirror[rucio.length] !== '\t') return false;
  return derived(readCell(rucio.slice(rucio.lastIndexOf('\t') + 1))!, readCells(mirror.slice(rucio.length + 1))).length === 0;
}

/**
 * Walks the rows of a kind on both sides, which come ordered by key, and gives the keys of those that are not the same, some thousands at a
 * time. Counts what it has passed in `counts`. Memory stays flat.
 */
export async function* mergeRows(options: {
  readonly kind: RowKind;
  readonly rucio: AsyncIterator<readonly string[]>;
  readonly mirror: AsyncIterator<readonly string[]>;
  readonly derived: (metadata: string, stored: Row) => readonly WrongColumn[];
  readonly counts: Counts;
  readonly batch: number;
  /** Called now and then. */
  readonly onPage: () => void;
}): AsyncGenerator<Keys> {
  const { kind, derived, counts, batch, onPage } = options;
  const rucio = linesOf(options.rucio);
  const mirror = linesOf(options.mirror);
  let keys: Row[] = [];
  await Promise.all([rucio.fill(), mirror.fill()]);
  while (rucio.line !== null || mirror.line !== null) {
    const same = rucio.line !== null && mirror.line !== null && areSame(kind, rucio.line, mirror.line, derived);
    const order = same ? 0 : rucio.line === null ? 1 : mirror.line === null ? -1 : compareKeys(kind, rucio.line, mirror.line);
    if (!same) keys.push(readCells((order > 0 ? mirror : rucio).line!).slice(0, keyColumns(kind).length));
    if (order <= 0) {
      counts.rucio += 1;
      if (!rucio.step()) {
        onPage();
        await rucio.fill();
      }
    }
    if (order >= 0) {
      counts.mirror += 1;
      if (!mirror.step()) await mirror.fill();
    }
    if (keys.length >= batch) {
      yield keys;
      keys = [];
    }
  }
  if (keys.length) yield keys;
}
