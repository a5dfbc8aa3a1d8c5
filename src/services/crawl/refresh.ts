import { TooMuch, type DidRow } from '../../datasources/rucio/bulk.js';
import { didKey, type DidName } from '../../datasources/rucio/chunks.js';
import type { RowFault } from '../../datasources/rucio/listing.js';
import type { FileReplicas } from '../../datasources/rucio/replicas.js';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import type { AsideRow } from '../../datasources/mirror/crawl-set-aside.js';
import type { CrawlName } from '../../datasources/mirror/crawl-names.js';
import { LinkedAbort } from '../../domain/linked-abort.js';
import type { Crawl } from './crawl.js';

/** What Rucio says of some DIDs; each is in one of the lists, or among those that are set aside. */
export interface Refreshed {
  readonly found: { readonly did: DidRow; /** JSON text. */ readonly metadata: string; /** Null for collections, and where they are set aside. */ readonly copies: FileReplicas | null }[];
  /** Rucio does not know them any more. */
  readonly gone: DidName[];
  readonly aside: AsideRow[];
}

type Asked = Pick<Crawl, 'rucio' | 'patience' | 'signal'>;

/** Metadata of one answer, in letters. */
const MAX_METADATA = 32 * 1024 * 1024;

/** The DID that a row of a wrong shape is about, where it tells. */
function keyOf({ row }: RowFault): string | undefined {
  const { scope, name } = (typeof row === 'object' && row !== null ? row : {}) as Partial<Record<string, unknown>>;
  return typeof scope === 'string' && typeof name === 'string' ? didKey({ scope, name }) : undefined;
}

/** One try: three requests at once. Answers what is still open; all of it, where the answer would be too large. */
async function attempt({ rucio, signal: outer }: Asked, dids: readonly CrawlName[], into: Refreshed): Promise<readonly CrawlName[] | TooMuch> {
  const stop = new LinkedAbort(outer);
  const { signal } = stop;
  const rows = new Map<string, DidRow>();
  const copies = new Map<string, FileReplicas>();
  const faults = { dids: new Map<string, RowFault>(), replicas: new Map<string, RowFault>() };
  const noting = (map: Map<string, RowFault>) => ({ signal, onFault: (fault: RowFault) => { map.set(keyOf(fault) ?? '', fault); } });
  const files = dids.filter(({ didType }) => didType === 'FILE');
  let texts: Map<string, string>;
  try {
    [texts] = await Promise.all([
      rucio.metadataTexts(dids, MAX_METADATA, { signal }),
      (async () => { for await (const row of rucio.didRows(dids, noting(faults.dids))) rows.set(didKey(row), row); })(),
      (async () => { for await (const file of rucio.replicas(files, noting(faults.replicas))) copies.set(didKey(file), file); })(),
    ]);
  } catch (error) {
    if (error instanceof TooMuch) return error;
    throw error;
  } finally {
    stop.abort();
  }
  return dids.filter((did) => {
    const key = didKey(did);
    const [row, metadata, file] = [rows.get(key), texts.get(key), copies.get(key)];
    const [rowFault, copiesFault] = [faults.dids.get(key), faults.replicas.get(key)];
    if (rowFault) into.aside.push({ table: 'dids', key: [did.scope, did.name], ...rowFault });
    else if (!row || metadata === undefined || (row.didType === 'FILE' && !file && !copiesFault)) return true;
    else {
      into.found.push({ did: row, metadata, copies: file ?? null });
      if (copiesFault) into.aside.push({ table: 'replicas', key: [did.scope, did.name, null], ...copiesFault });
    }
    return false;
  });
}

/** Asks until no answer brings more, or one is refused; answers what is open then, and why. */
async function askAbout(asked: Asked, dids: readonly CrawlName[], into: Refreshed, tries?: number): Promise<{ open: readonly CrawlName[]; failure?: unknown }> {
  const { rucio, patience, signal } = asked;
  let open = dids;
  try {
    // An answer that leaves less open than before is progress, however often it is cut.
    for (let fruitless = 0; open.length > 0 && fruitless < 3; ) {
      const before = open;
      const after = await patience.ask(() => attempt(asked, before, into), tries);
      if (after instanceof TooMuch) return { open, failure: after };
      open = after;
      if (open.length > 0) {
        const gone = await patience.ask(() => rucio.unknown(open, { signal }), tries);
        const left = new Set(gone.map(didKey));
        into.gone.push(...gone.map(({ scope, name }) => ({ scope, name })));
        open = open.filter((did) => !left.has(didKey(did)));
      }
      if (open.length === before.length) fruitless += 1;
    }
    return { open };
  } catch (failure) {
    if (signal.aborted || isDown(failure)) throw failure;
    return { open, failure };
  }
}

/**
 * Asks about up to 500 DIDs until each is answered for: a cut answer leaves some open, which are asked for again. What fails again and
 * again is halved until the DID at fault stands alone and is set aside. Waits while Rucio is down.
 */
export async function refresh(asked: Asked, dids: readonly CrawlName[]): Promise<Refreshed> {
  const into: Refreshed = { found: [], gone: [], aside: [] };
  await narrow(asked, dids, into);
  return into;
}

async function narrow(asked: Asked, dids: readonly CrawlName[], into: Refreshed, depth = 0): Promise<void> {
  // On the way to the one at fault, one try does: at its end, one DID is not blamed for an accident.
  const { open, failure } = await askAbout(asked, dids, into, depth > 0 && dids.length > 1 ? 1 : undefined);
  if (open.length === 0) return;
  // Before single DIDs are blamed: is it Rucio as a whole?
  if (!(failure instanceof TooMuch)) await asked.patience.ask(() => asked.rucio.scopes({ signal: asked.signal }));
  if (open.length > 1) {
    const middle = open.length >> 1;
    await Promise.all([open.slice(0, middle), open.slice(middle)].map((half) => narrow(asked, half, into, depth + 1)));
    return;
  }
  const [{ scope, name }] = open as readonly [CrawlName];
  const reason = failure instanceof Error ? `Rucio cannot tell about it: ${failure.message}` : 'Rucio knows it and does not tell about it.';
  into.aside.push({ table: 'dids', key: [scope, name], reason, row: { scope, name } });
}
