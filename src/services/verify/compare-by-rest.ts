import type pg from 'pg';
import { readCells } from '../../datasources/postgres/copy-rows.js';
import { knownScopes } from '../../datasources/mirror/known-scopes.js';
import type { ListEntry, StagedLists } from '../../datasources/mirror/staged-lists.js';
import type { ChangeRow } from '../../datasources/mirror/write-changes.js';
import type { Row, RowReader } from '../../datasources/postgres/row-reader.js';
import { chunks, didKey, type DidName } from '../../datasources/rucio/chunks.js';
import type { RowFault } from '../../datasources/rucio/listing.js';
import { isDown } from '../../datasources/rucio/rucio-error.js';
import type { DidType } from '../../domain/did-type.js';
import type { RowKind } from '../../domain/row-kind.js';
import { mapAhead } from '../crawl/map-ahead.js';
import { idOf } from '../crawl/read-rules.js';
import { ruleRow, uuid } from '../crawl/rows.js';
import { stageList } from './agreed-list.js';
import { differing } from './compare-some.js';
import type { WrongColumn } from './derived-columns.js';
import type { Counts } from './merge-rows.js';
import type { Rest } from './rest.js';
import type { RestReader } from './rest-reader.js';
import type { Suspects } from './sides.js';
import type { Untold } from './untold.js';

const PAGE = 500;
const RULES = 5_000;
const ofRses = ['rses', 'attributes', 'protocols', 'usage'] as const;
const ofDids = ['files', 'collections', 'replicas'] as const;

export interface ByRest {
  readonly rest: Rest;
  readonly rucio: RestReader;
  readonly mirror: RowReader;
  readonly mirrorClient: pg.ClientBase;
  readonly lists: StagedLists;
  readonly untold: Untold;
  readonly kinds: readonly RowKind[];
  readonly counts: Readonly<Partial<Record<RowKind, Counts>>>;
  readonly derived: (metadata: string, stored: Row) => readonly WrongColumn[];
  /** Called when some rows have been looked at. */
  readonly onRows: (what: string) => void;
}

const did = ['scope', 'name'];

function note({ rest: { signal }, untold }: ByRest, table: string, key: readonly (string | null)[], error: unknown): void {
  signal.throwIfAborted();
  if (isDown(error)) throw error;
  untold.add(table, key, (error as Error).message);
}

/** Counts the rows, and answers the keys of those that are not the same. */
function compare({ counts, derived, onRows }: ByRest, kind: RowKind, rucio: readonly Row[], mirror: readonly Row[]): Suspects {
  const count = counts[kind]!;
  count.rucio += rucio.length;
  count.mirror += mirror.length;
  onRows(kind);
  return { kind, keys: differing(kind, rucio, mirror, derived) };
}

/** Lists the names of a scope; where Rucio does not list them as it should, those that the mirror has are looked at. */
async function listNames(by: ByRest, scope: string): Promise<void> {
  const { rest, rest: { rucio, patience, signal }, lists, untold } = by;
  const names = (keys: readonly { a: string; b: string }[]) => chunks(keys.map(({ a, b }) => ({ scope: a, name: b })), PAGE);
  try {
    await stageList(rest, lists, {
      what: `the names of scope ${scope}`, list: 'names',
      async *read() {
        for await (const { name, didType } of rucio.names(scope, { signal, onFault: ({ reason }) => { untold.add('dids', [scope, null], reason); } })) yield { a: scope, b: name, more: didType };
      },
      onUnfit: ({ b }, reason) => { untold.add('dids', [scope, b], reason); },
      async gone(keys) {
        let count = 0;
        for (const some of names(keys)) count += (await patience.ask(() => rucio.unknown(some, { signal }))).length;
        return count;
      },
      bornAt: async (keys) => [...(await by.rucio.bornAt(names(keys).flat())).values()].map((moment) => new Date(moment)),
    });
  } catch (error) {
    note(by, 'scopes', [scope], error);
    await lists.drop('names');
  }
}

async function* compareContents(by: ByRest, collections: readonly DidName[]): AsyncGenerator<Suspects> {
  const { rest: { concurrency }, rucio, lists, counts, onRows } = by;
  const listed = mapAhead(collections, concurrency, async (collection) => {
    const list = `in ${didKey(collection)}`;
    try {
      await rucio.listContent(collection, list);
      return { collection, list };
    } catch (error) {
      note(by, 'contents', [collection.scope, collection.name, null, null], error);
      return null;
    }
  });
  for await (const one of listed) {
    if (!one) continue;
    const { list, collection: { scope, name } } = one;
    const count = await lists.countContent(list, { a: scope, b: name });
    counts.contents!.rucio += count.rucio;
    counts.contents!.mirror += count.mirror;
    onRows('contents');
    for await (const keys of lists.contentInOneOnly(list, { a: scope, b: name }, RULES)) yield { kind: 'contents', keys: keys.map(({ a, b }) => [scope, name, a, b]) };
    await lists.drop(list);
  }
}

async function* compareScope(by: ByRest, scope: string): AsyncGenerator<Suspects> {
  const { rest: { concurrency }, rucio, mirror, lists, kinds } = by;
  const wanted = ofDids.filter((kind) => kinds.includes(kind));
  await listNames(by, scope);
  const read = async (page: readonly ListEntry[]) => {
    const dids = page.map(({ b, more }) => ({ scope, name: b, didType: more as DidType }));
    return { dids, told: wanted.length ? await rucio.ofDids(dids) : null };
  };
  for await (const { dids, told } of mapAhead(lists.pages('names', 'names', scope, PAGE), concurrency, read)) {
    for (const kind of told ? wanted : []) yield compare(by, kind, told![kind], await mirror.some(kind, did, dids.map(({ name }) => [scope, name])));
    if (kinds.includes('contents')) yield* compareContents(by, dids.filter(({ didType }) => didType !== 'FILE'));
  }
}

async function* compareRules(by: ByRest, scope: string): AsyncGenerator<Suspects> {
  const { rest, rest: { rucio, patience, signal, concurrency }, mirror, lists, untold } = by;
  const ask = (keys: readonly { b: string }[]) => mapAhead(keys, concurrency, ({ b }) => patience.ask(() => rucio.rule(b, { signal })));
  try {
    await stageList(rest, lists, {
      what: `the rules of scope ${scope}`, list: 'rules',
      async *read() {
        const onFault = ({ row, reason }: RowFault) => { untold.add('rules', [idOf({ row, reason }) ?? null], reason); };
        for await (const rule of rucio.allRules({ scope, signal, onFault })) yield { a: scope, b: uuid(rule.ruleId), more: JSON.stringify(ruleRow(rule)) };
      },
      async gone(keys) {
        let count = 0;
        for await (const rule of ask(keys)) if (!rule) count += 1;
        return count;
      },
      async bornAt(keys) {
        const moments: Date[] = [];
        for await (const rule of ask(keys)) if (rule) moments.push(new Date(rule.createdAt));
        return moments;
      },
    });
  } catch (error) {
    // One by one they can still be asked for.
    note(by, 'rules', [scope, null], error);
    await lists.drop('rules');
  }
  for await (const page of lists.pages('rules', 'rules', scope, RULES)) {
    const told = await by.rucio.rows('rules', page.filter(({ listed }) => listed).map(({ more }) => JSON.parse(more) as ChangeRow));
    yield compare(by, 'rules', told, await mirror.some('rules', ['rule_id'], page.map(({ b }) => [b])));
  }
}

/** Compares what REST tells with the mirror, scope by scope; what it gives is to be looked at again. Memory stays flat. */
export async function* compareByRest(by: ByRest): AsyncGenerator<Suspects> {
  const { rest: { rucio, patience, signal }, mirror, mirrorClient, kinds } = by;
  for (const kind of ofRses.filter((kind) => kinds.includes(kind))) {
    const own: Row[] = [];
    for await (const lines of mirror.all(kind)) own.push(...lines.map(readCells));
    yield compare(by, kind, await by.rucio.ofRses(kind), own);
  }
  const ofScopes = kinds.filter((kind) => !ofRses.some((one) => one === kind));
  if (!ofScopes.length) return;
  const scopes = new Set([...await patience.ask(() => rucio.scopes({ signal })), ...await knownScopes(mirrorClient)]);
  for (const scope of [...scopes].sort()) {
    if (ofScopes.some((kind) => kind !== 'rules')) yield* compareScope(by, scope);
    if (kinds.includes('rules')) yield* compareRules(by, scope);
  }
}
