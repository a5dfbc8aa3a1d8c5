import { namesInOneOnly, namesNotListed, queueNames, unqueueNames, unqueueScope, type CrawlName } from '../../datasources/mirror/crawl-names.js';
import { didKey } from '../../datasources/rucio/chunks.js';
import type { RowFault } from '../../datasources/rucio/listing.js';
import { readUntilAgreed, type Reading } from './agreement.js';
import type { Crawl } from './crawl.js';
import { inBatches } from './in-batches.js';
import { KeyDigest } from './key-digest.js';
import { removeDids } from './remove-dids.js';

const PAGE = 500;

/** Names by pages, each after the one before. */
async function* pages(page: (after: string) => Promise<CrawlName[]>): AsyncGenerator<CrawlName[]> {
  for (let after = ''; ; ) {
    const names = await page(after);
    if (names.length > 0) yield names;
    if (names.length < PAGE) return;
    after = names.at(-1)!.name;
  }
}

/** Those of the DIDs that Rucio says it does not know; one that it cannot be asked about counts as known. */
async function unknownOf(crawl: Crawl, dids: readonly CrawlName[]): Promise<CrawlName[]> {
  const { rucio, patience, signal } = crawl;
  try {
    const unknown = new Set((await patience.ask(() => rucio.unknown(dids, { signal }))).map(didKey));
    return dids.filter((did) => unknown.has(didKey(did)));
  } catch (error) {
    signal.throwIfAborted();
    await patience.ask(() => rucio.scopes({ signal }));
    if (dids.length === 1) {
      crawl.log.warn({ err: error, did: didKey(dids[0]!) }, 'crawl: Rucio cannot be asked about a DID');
      return [];
    }
    const middle = dids.length >> 1;
    return [...await unknownOf(crawl, dids.slice(0, middle)), ...await unknownOf(crawl, dids.slice(middle))];
  }
}

/** Puts all names of the scope on the list of what is to be read. Rows of a wrong shape are put into `faults`, the first hundreds of them. */
async function listNames(crawl: Crawl, scope: string, faults: RowFault[]): Promise<void> {
  const { rucio, patience, signal } = crawl;
  await crawl.write((mirror) => unqueueScope(mirror, scope));

  const read = (reading: number): Promise<Reading> => patience.ask(async () => {
    const began = await rucio.now({ signal });
    const digest = new KeyDigest();
    faults.length = 0;
    for await (const names of inBatches(rucio.names(scope, { signal, onFault: (fault) => { if (faults.length < PAGE) faults.push(fault); } }))) {
      crawl.answered();
      for (const did of names) digest.add(didKey(did));
      await crawl.write((mirror) => queueNames(mirror, names, reading));
    }
    return { digest: digest.toString(), began };
  });

  async function isExplained(reading: number, before: Reading): Promise<boolean> {
    for await (const lost of pages((after) => crawl.read((mirror) => namesInOneOnly(mirror, scope, reading - 1, reading, after, PAGE)))) {
      const gone = await unknownOf(crawl, lost);
      await crawl.write((mirror) => unqueueNames(mirror, gone));
      if (gone.length < lost.length) return false;
    }
    for await (const late of pages((after) => crawl.read((mirror) => namesInOneOnly(mirror, scope, reading, reading - 1, after, PAGE)))) {
      const made = new Map<string, Date>();
      await patience.ask(async () => { for await (const row of rucio.didRows(late, { signal })) made.set(didKey(row), new Date(row.createdAt)); });
      const silent = late.filter((did) => !made.has(didKey(did)));
      if ([...made.values()].some((time) => time < before.began)) return false;
      if (silent.length > 0 && (await unknownOf(crawl, silent)).length < silent.length) return false;
    }
    return true;
  }

  await readUntilAgreed(`the names of scope ${scope}`, read, isExplained);
}

/** Removes what the mirror has of the scope and Rucio does not know any more; answers how much was not listed and is there all the same. */
async function removeUnlisted(crawl: Crawl, scope: string): Promise<number> {
  let there = 0;
  for await (const unlisted of pages((after) => crawl.read((mirror) => namesNotListed(mirror, scope, after, PAGE)))) {
    const gone = await unknownOf(crawl, unlisted);
    const known = new Set(gone.map(didKey));
    const left = unlisted.filter((did) => !known.has(didKey(did)));
    there += left.length;
    await crawl.write(async (mirror) => {
      await removeDids(crawl, mirror, gone);
      await queueNames(mirror, left);
    });
    if (gone.length > 0) crawl.log.info({ scope, dids: gone.length }, 'crawl: gone from Rucio');
  }
  return there;
}

/** Lists what a scope holds, to be read later, and removes what it holds no more. Answers the rows of the list that have a wrong shape. */
export async function readNames(crawl: Crawl, scope: string): Promise<RowFault[]> {
  const faults: RowFault[] = [];
  await listNames(crawl, scope, faults);
  const unlisted = await removeUnlisted(crawl, scope);
  if (unlisted > 0) {
    // Both lists were cut at the same place, or Rucio suppresses these: another look, and what is there is read in any case.
    crawl.log.warn({ scope, dids: unlisted }, 'crawl: Rucio knows DIDs that it does not list');
    await listNames(crawl, scope, faults);
    await removeUnlisted(crawl, scope);
  }
  return faults;
}
