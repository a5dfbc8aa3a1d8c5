import type { CrawlName } from '../../datasources/mirror/crawl-names.js';
import type { StagedLists } from '../../datasources/mirror/staged-lists.js';
import type { ChangeRow } from '../../datasources/mirror/write-changes.js';
import type { ReadSome, Row } from '../../datasources/postgres/row-reader.js';
import { chunks, chunksOfDids, didKey, type DidName } from '../../datasources/rucio/chunks.js';
import { isDown, isUnknown } from '../../datasources/rucio/rucio-error.js';
import type { LiveRule } from '../../datasources/rucio/rules.js';
import { keyColumns, type RowKind } from '../../domain/row-kind.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { confirmUnknown } from '../crawl/confirm-unknown.js';
import { mapAhead } from '../crawl/map-ahead.js';
import { refresh } from '../crawl/refresh.js';
import { didRow, replicaRows, ruleRow } from '../crawl/rows.js';
import { stageList } from './agreed-list.js';
import { collected, type Rest } from './rest.js';
import { readToldRses, rowsOfRses, type ToldRse } from './rest-rses.js';
import { toldRows } from './told-rows.js';
import type { Untold } from './untold.js';

const AT_ONCE = 500;

export type OfDids = 'files' | 'collections' | 'replicas';
export type OfRses = 'rses' | 'attributes' | 'protocols' | 'usage';

/** Rows of Rucio's by REST, in words that the mirror shares. What Rucio cannot tell about comes as the mirror has it, and is noted. */
export interface RestReader extends ReadSome {
  /** What is told of up to 500 DIDs. */
  ofDids(dids: readonly CrawlName[]): Promise<Readonly<Record<OfDids, readonly Row[]>>>;
  /** All rows of the kind. */
  ofRses(kind: OfRses): Promise<Row[]>;
  rows(kind: RowKind, rows: readonly ChangeRow[]): Promise<Row[]>;
  /** Stages a list of what the collection holds under that name. */
  listContent(collection: DidName, list: string): Promise<void>;
  /** When those of the DIDs that Rucio knows were made: RFC 3339, by `scope:name`. */
  bornAt(dids: readonly DidName[]): Promise<Map<string, string>>;
  /** Names of the RSEs by their ids. */
  readonly rseNames: Readonly<Record<string, string>>;
}

export interface RestReaderOptions {
  readonly rest: Rest;
  readonly mirror: ReadSome;
  readonly lists: StagedLists;
  readonly fields: readonly MetadataField[];
  readonly untold: Untold;
}

const names = (values: readonly Row[]): DidName[] => [...new Map(values.map(([scope, name]) => [`${scope}:${name}`, { scope: scope!, name: name! }])).values()];
const pairs = (dids: readonly DidName[]): Row[] => dids.map(({ scope, name }) => [scope, name]);
const did = ['scope', 'name'];
const isFile = (row: ChangeRow) => row['did_type'] === 'F';

export async function createRestReader({ rest, mirror, lists, fields, untold }: RestReaderOptions): Promise<RestReader> {
  const { rucio, patience, signal, concurrency } = rest;
  let rses = new Map<string, ToldRse>();
  let silent: Row[] = [];

  /** RSEs that Rucio tells about, and the ids of those that it does not tell about. */
  async function readRses(ids?: ReadonlySet<string>): Promise<{ told: ToldRse[]; silent: Row[] }> {
    const silent: Row[] = [];
    const told = await readToldRses(rest, (id, reason) => {
      untold.add('rses', [id], reason);
      if (id !== null) silent.push([id]);
    }, ids);
    return { told, silent };
  }
  const loadRses = async () => {
    const read = await readRses();
    rses = new Map(read.told.map((rse) => [rse.name, rse]));
    silent = read.silent;
  };
  await loadRses();

  const rows = (kind: RowKind, some: readonly ChangeRow[], onFault: (row: ChangeRow) => void = () => undefined) => toldRows(lists.client, kind, some, (row, reason) => {
    const key = keyColumns(kind).map((column) => row[column === 'rule_id' || (kind === 'rses' && column === 'rse_id') ? 'id' : column]);
    untold.add(kind, key.map((part) => (typeof part === 'string' ? part : null)), reason);
    onFault(row);
  });

  async function ofDids(dids: readonly CrawlName[]): Promise<Record<OfDids, readonly Row[]>> {
    const { found, aside } = await refresh(rest, dids);
    const copies = found.flatMap((one) => one.copies ?? []);
    if (copies.some(({ replicas }) => replicas.some(({ rse }) => !rses.has(rse)))) await loadRses();
    const strange = copies.flatMap(({ scope, name, replicas }) => replicas.filter(({ rse }) => !rses.has(rse)).map(({ rse }) => [scope, name, rse]));
    for (const { table, key, reason } of aside) untold.add(table, key, reason);
    for (const key of strange) untold.add('replicas', key, `Rucio does not list its RSE ${key[2]!}.`);

    const without: DidName[] = aside.filter(({ table }) => table === 'dids').map(({ key: [scope, name] }) => ({ scope: scope!, name: name! }));
    const own = found.map((one) => didRow(one.did, one.metadata, fields));
    const unfit = (row: ChangeRow) => { without.push({ scope: row['scope'] as string, name: row['name'] as string }); };
    const [files, collections, replicas] = [await rows('files', own.filter(isFile), unfit), await rows('collections', own.filter((row) => !isFile(row)), unfit), await rows('replicas', copies.flatMap((file) => replicaRows(file, rses)))];
    const gaps = names([...pairs(without), ...aside.filter(({ table }) => table === 'replicas').map(({ key }) => key), ...strange]);
    return {
      files: [...files, ...await mirror.some('files', did, pairs(without))],
      collections: [...collections, ...await mirror.some('collections', did, pairs(without))],
      replicas: gaps.length ? [...replicas.filter((row) => !gaps.some(({ scope, name }) => row[0] === scope && row[1] === name)), ...await mirror.some('replicas', did, pairs(gaps))] : replicas,
    };
  }

  /** The same where only names are known: a collection must not be asked for copies, which would be those of all its files. */
  async function someDids(kind: OfDids, dids: readonly DidName[]): Promise<Row[]> {
    const found: Row[] = [];
    for (const some of chunksOfDids(dids, AT_ONCE)) {
      const types = new Map((await patience.ask(() => collected(rucio.didRows(some, { signal, onFault: () => undefined })))).map((row) => [didKey(row), row.didType]));
      found.push(...(await ofDids(some.map((one) => ({ ...one, didType: types.get(didKey(one)) ?? 'DATASET' }))))[kind]);
    }
    return found;
  }

  /** Lists what the collection holds under that name; nothing where Rucio does not know it. */
  async function listContent(collection: DidName, list: string): Promise<void> {
    const onFault = ({ reason }: { reason: string }) => { untold.add('contents', [collection.scope, collection.name, null, null], reason); };
    try {
      await stageList(rest, lists, {
        what: `what ${didKey(collection)} holds`, list,
        async *read() {
          for await (const { scope, name, didType } of rucio.content(collection, { signal, onFault, mustBeKnown: true })) yield { a: scope, b: name, more: didType === 'FILE' ? 'FILE' : 'COLLECTION' };
        },
      });
    } catch (error) {
      if (!isUnknown(error)) throw error;
      await confirmUnknown(rest, collection);
      await lists.drop(list);
    }
  }

  /** What holds the DID, as rows of contents without the type. */
  async function parentsOf(child: DidName): Promise<Row[]> {
    try {
      return (await patience.ask(() => collected(rucio.parents(child, { signal, mustBeKnown: true })))).map(({ scope, name }) => [scope, name, child.scope, child.name]);
    } catch (error) {
      if (isUnknown(error)) return confirmUnknown(rest, child).then(() => []);
      throw error;
    }
  }

  async function someContents(by: readonly string[], values: readonly Row[]): Promise<Row[]> {
    const found: Row[] = [];
    if (by[0] === 'child_scope') {
      const silent: DidName[] = [];
      const above = mapAhead(names(values), concurrency, (child) => parentsOf(child).catch((error: unknown): Row[] => {
        noteUntold('contents', [null, null, child.scope, child.name], error);
        silent.push(child);
        return [];
      }));
      const types = new Map((await mirror.some('collections', did, values)).map(([scope, name]) => [`${scope}:${name}`, 'COLLECTION']));
      for await (const rows of above) found.push(...rows.map((row) => [...row, types.get(`${row[2]}:${row[3]}`) ?? 'FILE']));
      return silent.length ? [...found, ...await mirror.some('contents', by, pairs(silent))] : found;
    }
    for (const collection of names(values)) {
      // Not the list that is being compared: it goes on after this.
      const list = `again in ${didKey(collection)}`;
      const children = values.filter(([scope, name]) => scope === collection.scope && name === collection.name).map((row) => ({ a: row[2]!, b: row[3]! }));
      try {
        await listContent(collection, list);
        for (const { a, b, more } of await lists.some(list, children)) found.push([collection.scope, collection.name, a, b, more]);
      } catch (error) {
        noteUntold('contents', [collection.scope, collection.name, null, null], error);
        found.push(...await mirror.some('contents', by, children.map(({ a, b }) => [collection.scope, collection.name, a, b])));
      }
      await lists.drop(list);
    }
    return found;
  }

  function noteUntold(table: string, key: readonly (string | null)[], error: unknown): void {
    signal.throwIfAborted();
    if (isDown(error)) throw error;
    untold.add(table, key, (error as Error).message);
  }

  async function someRules(by: readonly string[], values: readonly Row[]): Promise<Row[]> {
    const read = async (value: Row): Promise<Row[]> => {
      try {
        const told: readonly (LiveRule | null)[] = by[0] === 'scope'
          ? await patience.ask(() => collected(rucio.rules({ scope: value[0]!, name: value[1]! }, { signal }))) : [await patience.ask(() => rucio.rule(value[0]!, { signal }), 2)];
        return await rows('rules', told.flatMap((rule) => (rule ? [ruleRow(rule)] : [])));
      } catch (error) {
        noteUntold('rules', value, error);
        return mirror.some('rules', by, [value]);
      }
    };
    const found: Row[] = [];
    for await (const some of mapAhead(values, concurrency, read)) found.push(...some);
    return found;
  }

  return {
    ofDids, listContent,
    rows: (kind, some) => rows(kind, some),
    get rseNames() { return Object.fromEntries([...rses.values()].map(({ id, name }) => [id, name])); },
    async ofRses(kind) {
      return [...await rows(kind, rowsOfRses([...rses.values()], kind)), ...await mirror.some(kind, ['rse_id'], silent)];
    },
    async bornAt(dids) {
      const born = new Map<string, string>();
      for (const some of chunks(dids, AT_ONCE)) {
        for (const row of await patience.ask(() => collected(rucio.didRows(some, { signal, onFault: () => undefined })))) born.set(didKey(row), row.createdAt);
      }
      return born;
    },
    async some(kind, by, values) {
      if (!values.length) return [];
      const length = keyColumns(kind).length;
      const wanted = new Set(values.map((value) => JSON.stringify(value)));
      const asked = (row: Row) => by.length < length || wanted.has(JSON.stringify(row.slice(0, length)));
      switch (kind) {
        case 'files': case 'collections': case 'replicas': return (await someDids(kind, names(values))).filter(asked);
        case 'contents': return someContents(by, values);
        case 'rules': return someRules(by, values);
        default: {
          const read = await readRses(new Set(values.map(([id]) => id!)));
          return [...await rows(kind, rowsOfRses(read.told, kind)), ...await mirror.some(kind, ['rse_id'], read.silent)].filter(asked);
        }
      }
    },
  };
}
