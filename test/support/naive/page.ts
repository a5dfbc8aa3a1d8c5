import { DipperError } from '../../../src/errors.js';
import { refuse } from './conditions.js';
import { compareKeys, type Key } from './values.js';

/** One key of an order; missing values come last whichever way it runs. */
export interface OrderKey<R> { readonly of: (row: R) => Key | null; readonly descending?: boolean }

export interface PageArguments { readonly first?: number | null; readonly last?: number | null; readonly after?: string | null; readonly before?: string | null }

export interface Page<R> { readonly rows: readonly R[]; readonly cursor: (row: R) => string; readonly pageInfo: object }

/** Texts that only this side makes: whoever compares answers knows a cursor by it. */
export const CURSOR = 'naive cursor ';

const write = (value: unknown) => JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? { bigint: String(part) } : part));

function compareAll<R>(order: readonly OrderKey<R>[], a: readonly (Key | null)[], b: readonly (Key | null)[]): number {
  for (const [index, { descending }] of order.entries()) {
    const [left, right] = [a[index]!, b[index]!];
    if (left === right) continue;
    if (left === null) return 1;
    if (right === null) return -1;
    const sign = compareKeys(left, right);
    if (sign !== 0) return descending ? -sign : sign;
  }
  return 0;
}

function sizeOf({ first, last }: PageArguments, limit: number): { size: number; fromEnd: boolean } {
  const counts = [first, last].filter((count) => count !== undefined && count !== null);
  if (counts.length > 1) refuse('first and last together.');
  const size = counts[0] ?? Math.min(100, limit);
  if (size < 1 || size > limit) refuse('A page has from 1 to pageSize items.');
  return { size, fromEnd: last !== undefined && last !== null };
}

/** Sorts all rows, and cuts the page out of them. `identity` is what makes the list this list: its cursors fit no other. */
export function pageOf<R>(rows: readonly R[], order: readonly OrderKey<R>[], identity: unknown, args: PageArguments, limit: number): Page<R> {
  const { size, fromEnd } = sizeOf(args, limit);
  const mark = write(identity);
  const keysOf = (row: R) => order.map(({ of }) => of(row));
  const cursorOf = (keys: readonly (Key | null)[]) => `${CURSOR}${write([mark, ...keys])}`;
  const read = (cursor: string): (Key | null)[] => {
    if (!cursor.startsWith(CURSOR)) throw new DipperError('BAD_CURSOR', 'No cursor.');
    const [of, ...keys] = JSON.parse(cursor.slice(CURSOR.length)) as [string, ...({ bigint: string } | string | null)[]];
    if (of !== mark) throw new DipperError('BAD_CURSOR', 'A cursor of another list.');
    return keys.map((key) => (typeof key === 'object' && key !== null ? BigInt(key.bigint) : key));
  };

  const sorted = rows.map((row) => ({ row, keys: keysOf(row) })).sort((a, b) => compareAll(order, a.keys, b.keys));
  const after = typeof args.after === 'string' ? read(args.after) : undefined;
  const before = typeof args.before === 'string' ? read(args.before) : undefined;
  const low = after ? sorted.filter(({ keys }) => compareAll(order, keys, after) <= 0).length : 0;
  const high = before ? sorted.filter(({ keys }) => compareAll(order, keys, before) < 0).length : sorted.length;
  const begin = fromEnd ? Math.max(low, high - size) : low;
  const end = fromEnd ? high : Math.min(high, low + size);
  const page = sorted.slice(begin, end);
  return {
    rows: page.map(({ row }) => row), cursor: (row) => cursorOf(keysOf(row)),
    pageInfo: {
      hasNextPage: end < sorted.length, hasPreviousPage: begin > 0,
      startCursor: page[0] ? cursorOf(page[0].keys) : null, endCursor: page.length ? cursorOf(page.at(-1)!.keys) : null,
    },
  };
}
