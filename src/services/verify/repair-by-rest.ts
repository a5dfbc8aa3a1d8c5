import { mergeContents } from '../../datasources/mirror/crawl-contents.js';
import { writeAnswered } from '../../datasources/mirror/crawl-source.js';
import { forgetBelow, setAside } from '../../datasources/mirror/crawl-set-aside.js';
import { removeDangling } from '../../datasources/mirror/dangling.js';
import { childrenNotThere } from '../../datasources/mirror/children-not-there.js';
import { readSetAside } from '../../datasources/mirror/read-set-aside.js';
import { deriveAgain } from '../../datasources/mirror/registry-columns.js';
import { mirrorOrigins } from '../../datasources/mirror/row-origins.js';
import { writeChanges } from '../../datasources/mirror/write-changes.js';
import { writeTables } from '../../datasources/mirror/write-tables.js';
import type { WrongRows } from '../../datasources/mirror/wrong-rows.js';
import { readSome, type Row } from '../../datasources/postgres/row-reader.js';
import { chunksOfDids, didKey, type DidName } from '../../datasources/rucio/chunks.js';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import { DipperError } from '../../errors.js';
import { keyColumns, rowKindNames, type RowKind } from '../../domain/row-kind.js';
import type { Crawl } from '../crawl/crawl.js';
import { startHeartbeat } from '../crawl/heartbeat.js';
import { listContainer, listDataset } from '../crawl/list-content.js';
import { mapAhead } from '../crawl/map-ahead.js';
import { readBatches } from '../crawl/read-batches.js';
import { loadRses, readRses } from '../crawl/read-rses.js';
import { ruleRow } from '../crawl/rows.js';
import { Turns } from '../crawl/turns.js';
import { lead, type Leader } from '../sync/lead.js';
import { compareSome } from './compare-some.js';
import { createDerivedCheck } from './derived-columns.js';
import { inTransaction } from './in-transaction.js';
import { quiet } from './quiet.js';
import type { Repaired } from './report.js';
import { collected, type Rest } from './rest.js';
import type { RestReader } from './rest-reader.js';
import type { SidesOptions } from './sides.js';

const ofRses: readonly RowKind[] = ['rses', 'attributes', 'protocols', 'usage'];
const uuids = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** In the place of a name that Rucio did not tell. */
const digest = /^[0-9a-f]{12}$/;

/** What a crawl's steps need, with this process as the one that writes. */
function crawlOf({ rucio, patience, concurrency }: Rest, leader: Leader, { fields }: SidesOptions): Crawl {
  const turns = new Turns();
  const tables = writeTables(fields, 'mirror');
  return {
    rucio, patience, concurrency, fields, signal: leader.signal, log: quiet, contents: tables.find(({ name }) => name === 'contents')!, rses: new Map(), strangers: new Map(), requests: () => 0,
    metrics: undefined, answered: () => undefined,
    read: (work) => turns.take(() => work(leader.mirror)),
    write: (work) => turns.take(() => inTransaction(leader, () => work(leader.mirror))),
    apply: (mirror, changes) => writeChanges(mirror, tables, changes),
  };
}

const didsOf = (keys: readonly Row[]): DidName[] => keys.flatMap(([scope, name]) => (scope && name ? [{ scope, name }] : []));

/** Reads these DIDs again, with their copies; those that Rucio does not know any more go. */
async function readDids(crawl: Crawl, names: readonly DidName[]): Promise<void> {
  const { rucio, patience, signal, fields } = crawl;
  async function* batches() {
    for (const some of chunksOfDids(names)) {
      const types = new Map((await patience.ask(() => collected(rucio.didRows(some, { signal, onFault: () => undefined })))).map((row) => [didKey(row), row.didType]));
      yield { dids: some.map((did) => ({ ...did, didType: types.get(didKey(did)) ?? 'DATASET' as const })), listed: [] };
    }
  }
  await readBatches(crawl, batches());
  // Where the metadata are as they were, the crawl does not look at what was derived from them.
  await crawl.write((mirror) => deriveAgain(mirror, fields, names));
}

/** Lists again what a collection holds, and reads what of it the mirror does not have. */
async function readContent(crawl: Crawl, collection: DidName): Promise<void> {
  const row = await crawl.patience.ask(() => collected(crawl.rucio.didRows([collection], { signal: crawl.signal })));
  const listed = row[0]?.didType === 'DATASET' ? await listDataset(crawl, collection) : row[0]?.didType === 'CONTAINER' ? await listContainer(crawl, collection) : null;
  if (!listed) return;
  await readDids(crawl, await crawl.read((mirror) => childrenNotThere(mirror, collection)));
  await crawl.write(async (mirror) => {
    await forgetBelow(mirror, ['contents'], [listed]);
    await setAside(mirror, listed.aside);
    await mergeContents(mirror, crawl.contents, [listed]);
  });
}

/** Reads a rule again; one that Rucio does not know any more goes. */
async function readRules(crawl: Crawl, ids: readonly string[]): Promise<void> {
  const { rucio, patience, signal, concurrency } = crawl;
  for await (const { id, rule } of mapAhead(ids, concurrency, async (id) => ({ id, rule: await patience.ask(() => rucio.rule(id, { signal })) }))) {
    await crawl.write((mirror) => crawl.apply(mirror, new Map([['rules', rule ? { upserts: [ruleRow(rule)], removes: [] } : { upserts: [], removes: [{ id }] }]])));
  }
}

/** Leaves alone what Rucio cannot tell about: it stays as it is, and is counted as left. */
async function trying(crawl: Crawl, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (crawl.signal.aborted || isDown(error) || !(error instanceof DipperError)) throw error;
  }
}

async function mend(crawl: Crawl, wrong: WrongRows): Promise<void> {
  await crawl.write(removeDangling);
  if (await hasAny(wrong, ofRses)) await trying(crawl, () => readRses(crawl));
  else await loadRses(crawl);
  for (const kind of ['files', 'collections', 'replicas'] as const) for await (const keys of wrong.pages(kind)) await readDids(crawl, didsOf(keys));
  for await (const keys of wrong.pages('contents')) {
    await readDids(crawl, [...didsOf(keys), ...didsOf(keys.map((key) => key.slice(2)))]);
    const collections = new Map(didsOf(keys).map((did) => [didKey(did), did]));
    for (const collection of collections.values()) await trying(crawl, () => readContent(crawl, collection));
  }
  for await (const keys of wrong.pages('rules')) for (const [id] of keys) if (id && uuids.test(id)) await trying(crawl, () => readRules(crawl, [id]));
}

async function hasAny(wrong: WrongRows, kinds: readonly RowKind[]): Promise<boolean> {
  for (const kind of kinds) for await (const _ of wrong.pages(kind)) return true;
  return false;
}

/**
 * Reads rows that are wrong in the mirror again, as a crawl does, and writes them: this process leads meanwhile, and a crawl that runs goes
 * on after it where it was. What is set aside is tried again, too.
 */
export async function repairByRest(options: SidesOptions, { rest, rucio }: { readonly rest: Rest; readonly rucio: RestReader }, wrong: WrongRows): Promise<Repaired> {
  const { mirrorUrl, fields, signal } = options;
  const result = { rows: 0, left: 0, setAside: 0 };
  const led = await lead({ mirrorUrl, fields, kind: 'REST', log: quiet, signal, takeOver: true }, async (leader) => {
    const { pulse, term, signal: within } = leader;
    // The crawl that stood aside does not say meanwhile that Rucio is there. A lead that is lost shows by itself.
    const heartbeat = startHeartbeat({ ask: () => rest.rucio.ping({ signal: within }), say: () => writeAnswered(pulse, term), onFailure: () => undefined });
    try {
      await wrong.addSetAside(digest);
      await mend(crawlOf(rest, leader, options), wrong);
      const mirror = readSome(mirrorOrigins(fields), leader.mirror);
      const derived = createDerivedCheck(fields);
      for (const kind of rowKindNames) for await (const keys of wrong.pages(kind)) {
        const whole = keys.filter((key) => key.length === keyColumns(kind).length && !key.includes(null) && (kind !== 'rules' || uuids.test(key[0]!)));
        const found = await compareSome({ kind, by: keyColumns(kind), values: whole }, { rucio, mirror }, derived);
        result.rows += whole.length - found.keys.length;
        result.left += found.keys.length;
      }
      result.setAside = (await readSetAside(leader.mirror, 0)).count;
    } finally {
      heartbeat.stop();
    }
  });
  if (!led) throw new DipperError('CONFLICT', 'The mirror is being migrated, or repaired, by another process. Try again later.');
  signal.throwIfAborted();
  return result;
}
