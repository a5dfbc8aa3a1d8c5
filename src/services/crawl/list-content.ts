import { dropContent, hasDetached, keepContent, type CollectionName } from '../../datasources/mirror/crawl-contents.js';
import type { AsideRow } from '../../datasources/mirror/crawl-set-aside.js';
import { didKey } from '../../datasources/rucio/chunks.js';
import type { RowFault } from '../../datasources/rucio/listing.js';
import { isUnknown } from '../../datasources/rucio/rucio-error.js';
import { DipperError } from '../../errors.js';
import { READINGS, readUntilAgreed, type Reading } from './agreement.js';
import { confirmUnknown } from './confirm-unknown.js';
import type { Crawl } from './crawl.js';
import { inBatches } from './in-batches.js';
import { KeyDigest } from './key-digest.js';
import { didLetter } from './rows.js';

/** What fails is tried again when the others have been read. */
const TRIES = 2;

/** What a collection holds has been listed, and is kept in the mirror until it is merged. */
export interface Listed extends CollectionName {
  /** How many of it are kept in the mirror. */
  readonly kept: number;
  /** How many it holds, with those of a wrong shape. */
  readonly children: number;
  /** Rows of the list that have a wrong shape. */
  readonly aside: readonly AsideRow[];
}

function asideOf({ scope, name }: CollectionName, fault: RowFault): AsideRow {
  const { scope: childScope, name: childName } = (typeof fault.row === 'object' && fault.row !== null ? fault.row : {}) as Partial<Record<string, unknown>>;
  return { table: 'contents', key: [scope, name, ...[childScope, childName].map((part) => (typeof part === 'string' ? part : null))], ...fault };
}

async function readOnce(crawl: Crawl, collection: CollectionName): Promise<Reading & Listed> {
  const { rucio, signal } = crawl;
  const aside: AsideRow[] = [];
  const digest = new KeyDigest();
  let kept = 0;
  await crawl.write((mirror) => dropContent(mirror, collection));
  for await (const batch of inBatches(rucio.content(collection, { signal, mustBeKnown: true, onFault: (fault) => { aside.push(asideOf(collection, fault)); } }))) {
    crawl.answered();
    for (const child of batch) digest.add(didKey(child));
    kept += await crawl.write((mirror) => keepContent(mirror, collection, batch.map(({ scope, name, didType }) => ({ scope, name, type: didLetter(didType) }))));
  }
  const { scope, name } = collection;
  return { scope, name, kept, children: kept + aside.length, aside, digest: digest.toString(), began: new Date(0) };
}

/** The list, or null where Rucio does not know the collection, whatever way it was asked. */
async function unlessUnknown(crawl: Crawl, collection: CollectionName, list: () => Promise<Listed | null>): Promise<Listed | null> {
  try {
    const listed = await list();
    if (listed) return listed;
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
  await confirmUnknown(crawl, collection);
  return null;
}

/** Lists what a dataset holds: the list is whole if it is as long as Rucio counts, before or after. Null if Rucio does not know the dataset. */
export const listDataset = (crawl: Crawl, dataset: CollectionName): Promise<Listed | null> => unlessUnknown(crawl, dataset, async () => {
  const { rucio, patience, signal } = crawl;
  const count = async () => {
    const status = await patience.ask(() => rucio.did(dataset, { signal }));
    return status && Number(status.length ?? 0);
  };
  for (let reading = 0; reading < READINGS; reading += 1) {
    // Both come to their end: a list that goes on would get in the way of the next one.
    const [counted, read] = await Promise.allSettled([count(), patience.ask(() => readOnce(crawl, dataset), TRIES)]);
    if (counted.status === 'rejected') throw counted.reason;
    if (read.status === 'rejected') throw read.reason;
    const [before, listed] = [counted.value, read.value];
    if (before === null) return null;
    if (listed.children === before) return listed;
    // It may grow meanwhile.
    const after = await count();
    if (after === null) return null;
    if (listed.children >= Math.min(before, after) && listed.children <= Math.max(before, after)) return listed;
  }
  throw new DipperError('UPSTREAM_TRUNCATED', "Rucio's list of what a dataset holds is not as long as Rucio says.");
});

/** Lists what a container holds, which Rucio does not count: so it is read until two readings agree, and twice more before anything is taken from it. Null if Rucio does not know it. */
export const listContainer = (crawl: Crawl, container: CollectionName): Promise<Listed | null> => unlessUnknown(crawl, container, async () => {
  let listed: Listed | null = null;
  const agree = () => readUntilAgreed(`what ${didKey(container)} holds`, () => crawl.patience.ask(async () => {
    const reading = await readOnce(crawl, container);
    listed = reading;
    return reading;
  }, TRIES), () => Promise.resolve(false));
  await agree();
  if (await crawl.read((mirror) => hasDetached(mirror, container))) await agree();
  return listed;
});
