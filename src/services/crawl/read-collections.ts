import { setTimeout as sleep } from 'node:timers/promises';
import { childrenNotThere } from '../../datasources/mirror/children-not-there.js';
import type { CollectionName } from '../../datasources/mirror/crawl-contents.js';
import { unqueueNames } from '../../datasources/mirror/crawl-names.js';
import { unlisted, unread, unreadChildren, type Ranked } from '../../datasources/mirror/crawl-queue.js';
import { forgetBelow, setAside } from '../../datasources/mirror/crawl-set-aside.js';
import { chunks } from '../../datasources/rucio/chunks.js';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import type { Crawl } from './crawl.js';
import { listContainer, listDataset, type Listed } from './list-content.js';
import { mapAhead } from './map-ahead.js';
import { removeDids } from './remove-dids.js';
import { BATCH, readBatches, takeContents, type Batch } from './read-batches.js';

const ROUNDS = 3;
const ROUND_WAIT_MS = 1_000;
const first = { scope: '', name: '' };

/** Pages of what is left to read by itself: files, or collections' own rows. */
export async function* leftToRead(crawl: Crawl, kind: 'files' | 'collections'): AsyncGenerator<Batch> {
  for (let after = first; ; ) {
    const dids = await crawl.read((mirror) => unread(mirror, kind, after, BATCH));
    if (dids.length > 0) yield { dids, listed: [] };
    if (dids.length < BATCH) return;
    after = dids.at(-1)!;
  }
}

async function* ranked(crawl: Crawl, didType: 'DATASET' | 'CONTAINER'): AsyncGenerator<Ranked> {
  for (let after: Ranked | null = null; ; ) {
    const page: Ranked[] = await crawl.read((mirror) => unlisted(mirror, didType, after, BATCH));
    yield* page;
    if (page.length < BATCH) return;
    after = page.at(-1)!;
  }
}

/** Datasets with their files, as few or many as one batch takes; a large dataset is spread over several. */
async function* batches(crawl: Crawl, datasets: AsyncIterable<Listed>): AsyncGenerator<Batch> {
  let group: Listed[] = [];
  let size = 0;
  for await (const dataset of datasets) {
    if (size > 0 && size + dataset.children + 1 > BATCH) {
      yield* filesOf(crawl, group);
      [group, size] = [[], 0];
    }
    group.push(dataset);
    size += dataset.children + 1;
  }
  if (group.length > 0) yield* filesOf(crawl, group);
}

async function* filesOf(crawl: Crawl, group: readonly Listed[]): AsyncGenerator<Batch> {
  // Their own rows are read again with the last of their files, so that each dataset is refreshed as a whole.
  const own = group.map(({ scope, name }) => ({ scope, name, didType: 'DATASET' as const }));
  const limit = BATCH - own.length + 1;
  for (let after = first; ;) {
    const files = await crawl.read((mirror) => unreadChildren(mirror, group, after, limit));
    if (files.length < limit) return yield { dids: [...own, ...files], listed: group };
    yield { dids: files, listed: [] };
    after = files.at(-1)!;
  }
}

interface Failure { readonly collection: CollectionName; readonly reason: string }

/** What a collection holds, or undefined; why it could not be listed goes to `failures`. */
async function listed(crawl: Crawl, collection: CollectionName, list: () => Promise<Listed | null>, failures: Failure[]): Promise<Listed | undefined> {
  try {
    const result = await list();
    if (result) return result;
    // It has gone since the names were listed.
    await crawl.write(async (mirror) => {
      await removeDids(crawl, mirror, [collection]);
      await unqueueNames(mirror, [collection]);
    });
    return undefined;
  } catch (error) {
    if (crawl.signal.aborted || isDown(error)) throw error;
    failures.push({ collection, reason: (error as Error).message });
    return undefined;
  }
}

async function* existing<T>(items: AsyncIterable<T | undefined>): AsyncGenerator<T> {
  for await (const item of items) if (item !== undefined) yield item;
}

async function readDatasets(crawl: Crawl): Promise<Failure[]> {
  const failures: Failure[] = [];
  const lists = mapAhead(ranked(crawl, 'DATASET'), crawl.concurrency, ({ scope, name }) => listed(crawl, { scope, name }, () => listDataset(crawl, { scope, name }), failures));
  await readBatches(crawl, batches(crawl, existing(lists)));
  return failures;
}

async function readContainers(crawl: Crawl): Promise<Failure[]> {
  const failures: Failure[] = [];
  const lists = mapAhead(ranked(crawl, 'CONTAINER'), crawl.concurrency, ({ scope, name }) => listed(crawl, { scope, name }, () => listContainer(crawl, { scope, name }), failures));
  for await (const container of existing(lists)) {
    // What was made and attached since its scope was listed.
    const news = await crawl.read((mirror) => childrenNotThere(mirror, container));
    for (const dids of chunks(news, BATCH)) await readBatches(crawl, [{ dids, listed: [] }]);
    await crawl.write(async (mirror) => {
      await forgetBelow(mirror, ['contents'], [container]);
      await setAside(mirror, container.aside);
      await takeContents(crawl, mirror, [container]);
    });
  }
  return failures;
}

/** Tries what failed again; what fails in each round is set aside, with what the mirror has of it as it is. */
async function inRounds(crawl: Crawl, read: (crawl: Crawl) => Promise<Failure[]>): Promise<void> {
  for (let round = 1; ; round += 1) {
    const failures = await read(crawl);
    if (failures.length === 0) return;
    crawl.log.warn({ collections: failures.length, first: failures[0], round }, 'crawl: contents that Rucio does not list as it should');
    if (round === ROUNDS) {
      await crawl.write(async (mirror) => {
        await setAside(mirror, failures.map(({ collection: { scope, name }, reason }) => ({ table: 'contents', key: [scope, name, null, null], reason, row: { scope, name } })));
        await unqueueNames(mirror, failures.map(({ collection }) => collection));
      });
      return;
    }
    await sleep(ROUND_WAIT_MS * round, undefined, { signal: crawl.signal });
  }
}

/** Reads what datasets and containers hold; a dataset with all its files in one transaction, where it is not too large for one. */
export async function readContents(crawl: Crawl): Promise<void> {
  await inRounds(crawl, readDatasets);
  await inRounds(crawl, readContainers);
}
