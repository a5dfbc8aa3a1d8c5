import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/ask.js';
import { testStack } from '../support/stack.js';
import { SyncWriter } from '../support/sync-writer.js';

const stack = testStack();
const url = stack.urls.dipper;
const writer = new SyncWriter(stack, `walk${process.pid.toString(36)}`);
const where = { scope: { eq: writer.scope } };
type Did = Awaited<ReturnType<SyncWriter['addFile']>>;
interface Page { nodes: { name: string; obsId: number | null }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }

const page = async (variables: object): Promise<Page> => (await dataOf<{ files: Page }>(url,
  'query ($where: FileFilter, $orderBy: [FileOrder!], $first: Int, $after: String) { files(where: $where, orderBy: $orderBy, first: $first, after: $after) { nodes { name obsId } pageInfo { endCursor hasNextPage } } }',
  { where, ...variables })).files;

/** Waits until the running sync has brought what was written to Rucio. */
async function shown(names: readonly string[], there: boolean): Promise<void> {
  const begun = Date.now();
  for (;;) {
    const { files } = await dataOf<{ files: { totalCount: number } }>(url, 'query ($where: FileFilter) { files(where: $where) { totalCount } }', { where: { and: [where, { name: { in: names } }, { metadata: [{ key: 'ready', eq: true }] }] } });
    if (files.totalCount === (there ? names.length : 0)) return;
    if (Date.now() - begun > 20_000) throw new Error(`Not in the mirror after 20 s: ${names.join(' ')}`);
    await sleep(50);
  }
}

async function add(obsIds: readonly (number | null)[]): Promise<Did[]> {
  const dids: Did[] = [];
  for (const obsId of obsIds) {
    const did = await writer.addFile();
    await writer.setMetadata(did, { obs_id: obsId, ready: true });
    dids.push(did);
  }
  await shown(dids.map(({ name }) => name), true);
  return dids;
}

/** Names of files that come and go. */
const passing = new Set<string>();
let staying: { did: Did; obsId: number | null }[];
beforeAll(async () => {
  await writer.begin();
  const obsIds = Array.from({ length: 24 }, (_, index) => (index % 6 === 5 ? null : 100 + Math.floor(index / 2)));
  staying = (await add(obsIds)).map((did, index) => ({ did, obsId: obsIds[index]! }));
});
afterAll(() => writer.clean(), 120_000);

describe("a walk over Rucio's files while Rucio changes", () => {
  it.each(['ASC', 'DESC'] as const)('by a column with missing values, %s: each file that stays once, in order', async (direction) => {
    const doomed = await add([1, 199]);
    for (const { name } of doomed) passing.add(name);
    let writing = true;
    const busy = (async () => { // changes that move no file, all the while
      for (let note = 0; writing; note += 1) {
        const { did, obsId } = staying[note % staying.length]!;
        await writer.setMetadata(did, { obs_id: obsId, ready: true, note });
        await sleep(50);
      }
    })();
    const seen: string[] = [];
    const behind: number[] = [];
    const ahead: number[] = [];
    let after: string | null = null;
    for (let pages = 1; ; pages += 1) {
      const { nodes, pageInfo }: Page = await page({ orderBy: [{ field: 'OBS_ID', direction }], first: 5, after });
      seen.push(...nodes.map(({ name }) => name));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
      const at = nodes.at(-1)!.obsId ?? Infinity;
      if (pages > 2 || at === Infinity) continue;
      const fresh = [10 + pages, 190 + pages];
      for (const { name } of await add(fresh)) passing.add(name);
      if (pages === 1) {
        for (const did of doomed) await writer.deleteFile(did);
        await shown(doomed.map(({ name }) => name), false);
      }
      for (const obsId of [...fresh, ...(pages === 1 ? [1, 199] : [])]) (obsId < at === (direction === 'ASC') ? behind : ahead).push(obsId);
    }
    writing = false;
    await busy;
    const sign = direction === 'ASC' ? 1 : -1;
    const inOrder = [...staying].sort((a, b) => (a.obsId === null ? 1 : 0) - (b.obsId === null ? 1 : 0) || sign * ((a.obsId ?? 0) - (b.obsId ?? 0)) || (a.did.name < b.did.name ? -1 : 1));
    const stayed = new Set(staying.map(({ did }) => did.name));
    expect(seen.filter((name) => stayed.has(name))).toEqual(inOrder.map(({ did }) => did.name));
    expect(seen.filter((name) => !stayed.has(name) && !passing.has(name))).toEqual([]);
    expect(new Set(seen).size).toBe(seen.length);
    expect([behind.length, ahead.length]).toEqual([3, 3]);
  }, 180_000);
});
