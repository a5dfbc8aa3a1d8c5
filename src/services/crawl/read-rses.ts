import { readRses as readMirrorRses, rseRowsBeyond } from '../../datasources/mirror/crawl-rses.js';
import { forgetTables, setAside, type AsideRow } from '../../datasources/mirror/crawl-set-aside.js';
import type { ChangeRow } from '../../datasources/mirror/write-changes.js';
import type { LiveRse, RseRow, RseUsage } from '../../datasources/rucio/rses.js';
import { areStorable } from '../../domain/storable-text.js';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import { readUntilAgreed } from './agreement.js';
import type { Crawl } from './crawl.js';
import { KeyDigest } from './key-digest.js';
import { mapAhead } from './map-ahead.js';
import { rseRows, uuid } from './rows.js';

const tables = ['rses', 'rse_attr_map', 'rse_protocols', 'rse_usage'] as const;
const never = () => Promise.resolve(false);

/** Rows of a list as read at last, once two readings are the same. */
async function agreed<T>(crawl: Crawl, what: string, list: () => AsyncIterable<T>, keyOf: (row: T) => string): Promise<T[]> {
  let rows: T[] = [];
  await crawl.patience.ask(() => readUntilAgreed(what, () => crawl.patience.ask(async () => {
    rows = [];
    const digest = new KeyDigest();
    for await (const row of list()) {
      rows.push(row);
      digest.add(keyOf(row));
    }
    return { digest: digest.toString(), began: new Date(0) };
  }), never));
  return rows;
}

interface Read { readonly row: RseRow; readonly rse?: LiveRse; readonly usage?: readonly RseUsage[]; readonly reason?: string }

async function readOne(crawl: Crawl, row: RseRow): Promise<Read> {
  const { rucio, patience, signal } = crawl;
  try {
    const rse = await patience.ask(() => rucio.rseOf(row, { signal }));
    if (rse && !areStorable(rse)) return { row, reason: 'It holds a character that no text can have.' };
    return rse ? { row, rse, usage: await agreed(crawl, `the usage of ${row.rse}`, () => rucio.usage(row.rse, { signal }), ({ source }) => source) } : { row };
  } catch (error) {
    if (signal.aborted || isDown(error)) throw error;
    return { row, reason: (error as Error).message };
  }
}

/** RSEs that the mirror has, that are not on the list, and of which Rucio says that it does not know them. */
async function goneRses(crawl: Crawl, listed: ReadonlySet<string>): Promise<string[]> {
  const gone: string[] = [];
  for (const { id, name } of await crawl.read(readMirrorRses)) {
    if (listed.has(id)) continue;
    try {
      const now = await crawl.patience.ask(() => crawl.rucio.rseId(name, { signal: crawl.signal }));
      if (now === null || uuid(now) !== id) gone.push(id);
    } catch (error) {
      if (crawl.signal.aborted || isDown(error)) throw error;
      crawl.log.warn({ err: error, rse: name }, 'crawl: Rucio cannot be asked about an RSE');
    }
  }
  return gone;
}

/** Brings all RSEs with their attributes, protocols and usage into the mirror, in one transaction, and removes those that are no more. */
export async function readRses(crawl: Crawl): Promise<void> {
  const { rucio, signal, concurrency } = crawl;
  const aside = new Map<string, AsideRow>();
  const onFault = (fault: { row: unknown; reason: string }) => {
    const { id = null } = (fault.row ?? {}) as { id?: unknown };
    aside.set(String(id), { table: 'rses', key: [typeof id === 'string' ? uuid(id) : null], ...fault });
  };
  const list = await agreed(crawl, 'RSEs', () => rucio.rseRows({ signal, onFault }), ({ id }) => id);
  const upserts: Record<(typeof tables)[number], ChangeRow[]> = { rses: [], rse_attr_map: [], rse_protocols: [], rse_usage: [] };
  const read: string[] = [];
  for await (const { row, rse, usage = [], reason } of mapAhead(list, concurrency, (row) => readOne(crawl, row))) {
    if (reason !== undefined) aside.set(row.id, { table: 'rses', key: [uuid(row.id)], reason, row });
    if (!rse) continue;
    const rows = rseRows(rse, usage);
    for (const table of tables) upserts[table].push(...rows[table]);
    read.push(uuid(rse.rseId));
  }
  const gone = await goneRses(crawl, new Set([...list.map(({ id }) => uuid(id)), ...[...aside.keys()].map(uuid)]));

  await crawl.write(async (mirror) => {
    await forgetTables(mirror, tables);
    const removes = { rses: gone.map((id) => ({ id })), rse_attr_map: [] as ChangeRow[], rse_protocols: [] as ChangeRow[], rse_usage: [] as ChangeRow[] };
    for (const table of ['rse_attr_map', 'rse_protocols', 'rse_usage'] as const) removes[table] = await rseRowsBeyond(mirror, table, read, upserts[table]);
    await crawl.apply(mirror, new Map(tables.map((table) => [table, { upserts: upserts[table], removes: removes[table] }])));
    await setAside(mirror, [...aside.values()]);
    await mirror.query('update crawl.pass set rses_read = true');
  });
  await loadRses(crawl);
}

/** Reads the RSEs again, once for each name, where Rucio names one that the mirror does not have. */
export async function learnRses(crawl: Crawl, names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !crawl.rses.has(name));
  const news = unknown.filter((name) => !crawl.strangers.has(name));
  if (news.length > 0) {
    const reading = readRses(crawl);
    for (const name of news) crawl.strangers.set(name, reading);
  }
  await Promise.all(unknown.map((name) => crawl.strangers.get(name)));
}

/** Takes the RSEs as the mirror has them. */
export async function loadRses(crawl: Crawl): Promise<void> {
  const known = await crawl.read(readMirrorRses);
  // At once: batches are written meanwhile, and an RSE that is not there has no copies.
  crawl.rses.clear();
  for (const { name, ...rse } of known) crawl.rses.set(name, rse);
}
