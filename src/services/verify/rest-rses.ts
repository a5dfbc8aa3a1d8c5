import type { ChangeRow } from '../../datasources/mirror/write-changes.js';
import type { RseRow } from '../../datasources/rucio/rses.js';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import { readUntilAgreed } from '../crawl/agreement.js';
import { KeyDigest } from '../crawl/key-digest.js';
import { mapAhead } from '../crawl/map-ahead.js';
import { rseRows, uuid, type CrawlRse } from '../crawl/rows.js';
import { collected, type Rest } from './rest.js';

/** An RSE with its rows by Rucio's names of the tables. */
export interface ToldRse extends CrawlRse {
  readonly name: string;
  readonly rows: ReturnType<typeof rseRows>;
}

/** Sorted as the crawl sorts them: of two that fit an address, the first is taken. */
const rank = ({ domains: { wan }, scheme }: CrawlRse['protocols'][number]) => [wan['read'] ?? Infinity, scheme] as const;

async function readOne({ rucio, patience, signal }: Rest, row: RseRow): Promise<ToldRse | null> {
  const rse = await patience.ask(() => rucio.rseOf(row, { signal }));
  if (!rse) return null;
  const usage = await patience.ask(() => collected(rucio.usage(row.rse, { signal })));
  const protocols = rse.protocols.toSorted((one, other) => {
    const [[priority, scheme], [others, otherScheme]] = [rank(one), rank(other)];
    return priority === others ? (scheme < otherScheme ? -1 : 1) : priority - others;
  });
  return { id: uuid(rse.rseId), name: rse.name, deterministic: rse.deterministic, protocols, rows: rseRows(rse, usage) };
}

/** The RSEs that Rucio has, or those of them that have one of the ids. What has a wrong shape, or cannot be read, goes to `onFault` with its id, if it tells one. */
export async function readToldRses(rest: Rest, onFault: (id: string | null, reason: string) => void, ids?: ReadonlySet<string>): Promise<ToldRse[]> {
  const { rucio, patience, signal, concurrency } = rest;
  let list: RseRow[] = [];
  await readUntilAgreed('RSEs', () => patience.ask(async () => {
    list = await collected(rucio.rseRows({
      signal,
      onFault({ row, reason }) {
        const { id } = (row ?? {}) as { id?: unknown };
        onFault(typeof id === 'string' ? uuid(id) : null, reason);
      },
    }));
    const digest = new KeyDigest();
    for (const { id } of list) digest.add(id);
    return { digest: digest.toString(), began: new Date(0) };
  }), () => Promise.resolve(false));
  const rses: ToldRse[] = [];
  const wanted = list.filter(({ id }) => !ids || ids.has(uuid(id)));
  const read = (row: RseRow) => readOne(rest, row).catch((error: unknown) => {
    signal.throwIfAborted();
    if (isDown(error)) throw error;
    onFault(uuid(row.id), (error as Error).message);
    return null;
  });
  for await (const rse of mapAhead(wanted, concurrency, read)) if (rse) rses.push(rse);
  return rses;
}

/** Rows of a kind, as the tables of Rucio's database have them. */
export function rowsOfRses(rses: readonly ToldRse[], kind: 'rses' | 'attributes' | 'protocols' | 'usage'): ChangeRow[] {
  const table = ({ rses: 'rses', attributes: 'rse_attr_map', protocols: 'rse_protocols', usage: 'rse_usage' } as const)[kind];
  return rses.flatMap(({ rows }) => rows[table]);
}
