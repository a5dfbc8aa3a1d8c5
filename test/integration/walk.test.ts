import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/ask.js';
import { fileGone, fileRows, scratchArchive, type ScratchArchive } from '../support/scratch-archive.js';
import { testStack } from '../support/stack.js';

interface File { readonly scope: string; readonly name: string; readonly bytes: number; readonly createdAt: string; readonly metadata: { readonly obs_id?: number | null; readonly subarray_id?: number | null; readonly start_time?: string | null; readonly note?: number } }
interface Order { readonly field: string; readonly direction?: 'ASC' | 'DESC' }
type Direction = 'forwards' | 'backwards';
interface Page { edges: { cursor: string; node: { scope: string; name: string } }[]; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null } }

let archive: ScratchArchive;
/** What is in the mirror now, by scope and name. */
const alive = new Map<string, File>();
const keyOf = ({ scope, name }: { scope: string; name: string }) => `${scope}:${name}`;

let state = 20261123;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const below = (limit: number) => Math.floor(random() * limit);
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;

/** Few values, so that many files tie; some are missing; names sort by bytes, which is not how JavaScript sorts the last three. */
const odd = ['a"b', 'a\\b', 'ab', 'Z', 'a\u0001', 'ÿ', '\uffee', '😀'];
let serial = 0;
function anyFile(): File {
  serial += 1;
  return {
    scope: pick(['walk', 'walk.b']), name: `/ctao/${pick(odd)}/${below(1000)}/${serial}`, bytes: below(5), createdAt: `2026-11-23 10:00:0${below(10)}.${String(below(3)).padStart(6, '0')}`,
    metadata: { obs_id: pick([null, -5, 0, 7, 9007199254740000 + below(3)]), subarray_id: pick([null, 1, 2]), start_time: pick([null, '2026-01-01T00:00:00.000001', '2026-01-01T00:00:00', '1999-12-31T23:59:59']) },
  };
}

async function put(files: readonly File[]): Promise<void> {
  await archive.write(...files.flatMap(({ bytes, metadata, ...file }) => fileRows({ ...file, bytes: String(bytes), metadata: JSON.stringify(metadata) })));
  for (const file of files) alive.set(keyOf(file), file);
}
async function remove(files: readonly File[]): Promise<void> {
  await archive.write(...files.flatMap(({ scope, name }) => fileGone(scope, name)));
  for (const file of files) alive.delete(keyOf(file));
}

const values: Readonly<Record<string, (file: File) => string | number | null | undefined>> = {
  NAME: ({ name }) => name, BYTES: ({ bytes }) => bytes, CREATED_AT: ({ createdAt }) => createdAt,
  OBS_ID: ({ metadata }) => metadata.obs_id, SUBARRAY_ID: ({ metadata }) => metadata.subarray_id, START_TIME: ({ metadata }) => metadata.start_time,
};
const compareValues = (a: string | number, b: string | number) => (typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b))));

/** The order by plain code: missing values last in both directions, then scope and name. */
const comparison = (orders: readonly Order[]) => (a: File, b: File): number => {
  for (const { field, direction } of orders) {
    const [left, right] = [values[field]!(a) ?? null, values[field]!(b) ?? null];
    if (left === null || right === null) {
      if (left !== right) return left === null ? 1 : -1;
      continue;
    }
    const compared = compareValues(left, right);
    if (compared) return direction === 'DESC' ? -compared : compared;
  }
  return compareValues(a.scope, b.scope) || compareValues(a.name, b.name);
};

const query = `query ($orderBy: [FileOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  files(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) { edges { cursor node { scope name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

/** Walks over all files; after each page it may change them. Each page must be what plain code makes of the files as they are then. */
async function walk(orders: readonly Order[], direction: Direction, size: () => number, change: (cursor: File, compare: (a: File, b: File) => number) => Promise<void>): Promise<string[]> {
  const compare = comparison(orders);
  const forwards = direction === 'forwards';
  const seen: string[] = [];
  let at: { cursor: string; file: File } | undefined;
  for (;;) {
    const n = size();
    const { files: { edges, pageInfo } } = await dataOf<{ files: Page }>(archive.url, query, { orderBy: orders, ...(forwards ? { first: n, after: at?.cursor } : { last: n, before: at?.cursor }) });
    const ahead = [...alive.values()].sort(compare).filter((file) => !at || (forwards ? compare(file, at.file) > 0 : compare(file, at.file) < 0));
    const expected = (forwards ? ahead.slice(0, n) : ahead.slice(-n)).map(keyOf);
    const names = edges.map(({ node }) => keyOf(node));
    expect(names).toEqual(expected);
    expect(forwards ? pageInfo.hasNextPage : pageInfo.hasPreviousPage).toBe(ahead.length > n);
    expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null]);
    seen[forwards ? 'push' : 'unshift'](...names);
    if (ahead.length <= n) return seen;
    const last = edges.at(forwards ? -1 : 0)!;
    at = { cursor: last.cursor, file: alive.get(keyOf(last.node))! };
    await change(at.file, compare);
  }
}

const staying: File[] = [];
beforeAll(async () => {
  archive = await scratchArchive(testStack());
  staying.push(...Array.from({ length: 230 }, anyFile));
  await put(staying);
});
afterAll(() => archive.close());

const orders: [string, Order[]][] = [
  ['the order of its own', []],
  ['name, down', [{ field: 'NAME', direction: 'DESC' }]],
  ['a column with missing values', [{ field: 'OBS_ID' }]],
  ['the same, down', [{ field: 'OBS_ID', direction: 'DESC' }]],
  ['times that differ by a microsecond', [{ field: 'START_TIME', direction: 'DESC' }]],
  ['two keys in one direction', [{ field: 'BYTES', direction: 'DESC' }, { field: 'CREATED_AT', direction: 'DESC' }]],
  ['two keys with missing values, in both directions', [{ field: 'SUBARRAY_ID' }, { field: 'START_TIME', direction: 'DESC' }]],
  ['three keys', [{ field: 'CREATED_AT' }, { field: 'OBS_ID', direction: 'DESC' }, { field: 'NAME', direction: 'DESC' }]],
];
const sizes: [string, Direction, () => number][] = [
  ['by pages of 100', 'forwards', () => 100],
  ['by small pages', 'forwards', () => 1 + below(25)], ['by small pages', 'backwards', () => 1 + below(25)],
];
const walks = orders.flatMap(([order, orderBy]) => sizes.map(([title, ...rest]) => [order, title, ...rest, orderBy] as const));
const oneByOne = orders.slice(6, 7).map(([order, orderBy]) => [order, 'one by one', 'backwards' as Direction, () => 1, orderBy] as const);

describe('a walk while files come, go and move', () => {
  it.each([...walks, ...oneByOne])('by %s, %s, %s', async (_order, _title, direction, size, orderBy) => {
    const counts = { inserted: [0, 0], deleted: [0, 0] };
    const passing: File[] = Array.from({ length: 60 }, anyFile);
    await put(passing);
    const known = new Set(alive.keys());
    let pages = 0;
    const step = size() === 1 ? 15 : 1;

    const seen = await walk(orderBy, direction, size, async (cursor, compare) => {
      pages += 1;
      if (pages % step || pages > 20 * step) return; // else a walk one by one would never arrive
      const side = (file: File) => (compare(file, cursor) < 0 ? 0 : 1);
      const count = (what: keyof typeof counts, files: readonly File[]) => { for (const file of files) counts[what][side(file)]! += 1; };
      const doomed = passing.splice(0, 6).filter((file) => keyOf(file) !== keyOf(cursor));
      const moving = passing.splice(0, 2).map((file) => ({ ...anyFile(), scope: file.scope, name: file.name }));
      const fresh = Array.from({ length: 8 }, anyFile);
      const touched = pick(staying);
      count('inserted', fresh);
      count('deleted', doomed);
      await remove(doomed);
      await put([...fresh, ...moving, { ...touched, metadata: { ...touched.metadata, note: pages } }]);
      passing.push(...fresh, ...moving);
      for (const file of fresh) known.add(keyOf(file));
    });

    const stayed = new Set(staying.map(keyOf));
    expect(seen.filter((key) => stayed.has(key))).toEqual([...staying].sort(comparison(orderBy)).map(keyOf));
    expect(seen.filter((key) => !known.has(key))).toEqual([]);
    for (const [what, [behind, ahead]] of Object.entries(counts)) {
      expect(behind, `${what} on the first side of a cursor`).toBeGreaterThan(0);
      expect(ahead, `${what} on the second side of a cursor`).toBeGreaterThan(0);
    }
    await remove([...alive.values()].filter((file) => !stayed.has(keyOf(file))));
  });
});
