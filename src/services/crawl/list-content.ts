import { dropContent, hasDetached, keepContent, type CollectionName } from '../../datasources/mirror/crawl-contents.js';
import type { AsideRow } from '../../datasources/mirror/crawl-set-aside.js';
import { didKey } from '../../datasources/rucio/chunks.js';
import type { RowFault } from '../../datasources/rucio/listing.js';
import { DipperError } from '../../errors.js';
import { READINGS, readUntilAgreed, type Reading } from './agreement.js';
import type { Crawl } from './crawl.js';
import { inBatches } from './in-batches.js';
import { KeyDigest } from './key-digest.js';
import { didLetter } from './rows.js';

/** What fails is tried again when the others have been read. */
const TRIES = 2;

/** What a collection holds has been listed, and is kept in the mirror until it is merged. */
export interface Listed extends CollectionName {
  /** How many it holds. */
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
  let children = 0;
  await crawl.write((mirror) => dropContent(mirror, collection));
  for await (const batch of inBatches(rucio.content(collection, { signal, onFault: (fault) => { aside.push(asideOf(collection, fault)); } }))) {
    crawl.answered();
    for (const child of batch) digest.add(didKey(child));
    children += await crawl.write((mirror) => keepContent(mirror, collection, batch.map(({ scope, name, didType }) => ({ scope, name, type: didLetter(didType) }))));
  }
  const { scope, name } = collection;
  return { scope, name, children: children + aside.length, aside, digest: digest.toString(), began: new Date(0) };
}

/** Lists what a dataset holds: the list is whole if it is as long as Rucio counts, before or after. Null if Rucio does not know the dataset. */
export async function listDataset(crawl: Crawl, dataset: CollectionName): Promise<Listed | null> {
  const { rucio, patience, signal } = crawl;
  const count = async () => {
    const status = await patience.ask(() => rucio.did(dataset, { signal }));
    return status && Number(status.length ?? 0);
  };
  for (let reading = 0; reading < READINGS; reading += 1) {
    const [before, listed] = await Promise.all([count(), patience.ask(() => readOnce(crawl, dataset), TRIES)]);
    if (before === null) return null;
    if (listed.children === before) return listed;
    // It may grow meanwhile.
    const after = await count();
    if (after === null) return null;
    if (listed.children >= Math.min(before, after) && listed.children <= Math.max(before, after)) return listed;
  }
  throw new DipperError('UPSTREAM_TRUNCATED', "Rucio's list of what a dataset holds is not as long as Rucio says.");
}

/** Lists what a container holds, which Rucio does not count: so it is read until two readings agree, and twice more before anything is taken from it. */
export async function listContainer(crawl: Crawl, container: CollectionName): Promise<Listed> {
  let listed: Listed | undefined;
  const agree = () => readUntilAgreed(`what ${didKey(container)} holds`, () => crawl.patience.ask(async () => {
    const reading = await readOnce(crawl, container);
    listed = reading;
    return reading;
  }, TRIES), () => Promise.resolve(false));
  await agree();
  if (await crawl.read((mirror) => hasDetached(mirror, container))) await agree();
  return listed!;
}
