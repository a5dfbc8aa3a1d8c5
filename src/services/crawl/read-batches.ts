import type pg from 'pg';
import { mergeContents } from '../../datasources/mirror/crawl-contents.js';
import { unqueueNames, type CrawlName } from '../../datasources/mirror/crawl-names.js';
import { markRead, replicasBeyond } from '../../datasources/mirror/crawl-queue.js';
import { forgetBelow, setAside, type AsideRow } from '../../datasources/mirror/crawl-set-aside.js';
import type { ChangeRow } from '../../datasources/mirror/write-changes.js';
import { didKey } from '../../datasources/rucio/chunks.js';
import type { Crawl } from './crawl.js';
import type { Listed } from './list-content.js';
import { mapAhead } from './map-ahead.js';
import { learnRses } from './read-rses.js';
import { refresh, type Refreshed } from './refresh.js';
import { didRow, replicaRows } from './rows.js';

/** DIDs that are read together and written in one transaction. */
export interface Batch {
  /** Up to some hundreds. */
  readonly dids: readonly CrawlName[];
  /** Collections all of whose files are in the mirror when the batch is: what they hold is merged with it. */
  readonly listed: readonly Listed[];
}

/** Requests about DIDs are as large as Rucio takes them well. */
export const BATCH = 500;

/** Open ones first, then what changed last: what is looked at most. */
const rankOf = ({ updatedAt, isOpen }: { updatedAt: string; isOpen: boolean | null }) => String(Math.floor(Date.parse(updatedAt) / 1000) + (isOpen ? 1e11 : 0));

function strangeCopies(crawl: Crawl, { found }: Refreshed): AsideRow[] {
  return found.flatMap(({ did: { scope, name }, copies }) => (copies?.replicas ?? []).filter(({ rse }) => !crawl.rses.has(rse))
    .map((row) => ({ table: 'replicas', key: [scope, name, row.rse], reason: `Its RSE ${row.rse} is not in the mirror.`, row })));
}

async function writeBatch(crawl: Crawl, { dids, listed }: Batch, refreshed: Refreshed): Promise<void> {
  const { found, gone } = refreshed;
  const files = found.flatMap(({ copies }) => (copies ? [{ file: copies, rows: replicaRows(copies, crawl.rses) }] : []));
  const there = new Map(found.map(({ did }) => [didKey(did), did]));
  const whole = listed.filter((collection) => there.has(didKey(collection)));
  await crawl.write(async (mirror) => {
    await forgetBelow(mirror, ['replicas'], dids);
    await forgetBelow(mirror, ['contents'], [...listed, ...gone]);
    const beyond = await replicasBeyond(mirror, files.map(({ file: { scope, name }, rows }) => ({ scope, name, rses: rows.map((row) => row['rse_id'] as string) })));
    await crawl.apply(mirror, new Map<string, { upserts: ChangeRow[]; removes: ChangeRow[] }>([
      ['dids', { upserts: found.map(({ did, metadata }) => didRow(did, metadata, crawl.fields)), removes: gone.map(({ scope, name }) => ({ scope, name })) }],
      ['replicas', { upserts: files.flatMap(({ rows }) => rows), removes: beyond }],
    ]));
    await setAside(mirror, [...refreshed.aside, ...strangeCopies(crawl, refreshed), ...whole.flatMap(({ aside }) => aside)]);
    if (whole.length > 0) await takeContents(crawl, mirror, whole);
    await unqueueNames(mirror, listed.filter((collection) => !there.has(didKey(collection))));
    await markRead(mirror, dids.filter(({ didType }) => didType === 'FILE' || listed.length === 0).map(({ scope, name, didType }) => {
      const did = there.get(didKey({ scope, name }));
      return { scope, name, rank: didType === 'FILE' || !did || did.isOpen === null ? null : rankOf(did) };
    }));
  });
}

/** Makes what the mirror has of these collections' content what was listed, inside a write. */
export async function takeContents(crawl: Crawl, mirror: pg.ClientBase, collections: readonly Listed[]): Promise<void> {
  const [takenIn, removed] = await mergeContents(mirror, crawl.contents, collections);
  crawl.metrics?.applied('contents', takenIn, removed);
}

/** Reads batches several at a time, and writes them in their order. */
export async function readBatches(crawl: Crawl, batches: AsyncIterable<Batch> | Iterable<Batch>): Promise<void> {
  const read = async (batch: Batch) => {
    const refreshed = await refresh(crawl, batch.dids);
    await learnRses(crawl, [...new Set(refreshed.found.flatMap(({ copies }) => copies?.replicas.map(({ rse }) => rse) ?? []))]);
    return { batch, refreshed };
  };
  for await (const { batch, refreshed } of mapAhead(batches, crawl.concurrency, read)) await writeBatch(crawl, batch, refreshed);
}
