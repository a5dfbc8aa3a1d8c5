import type { MetadataField } from '../../../src/domain/metadata-field.js';
import type { Protocol } from '../../../src/domain/pfn.js';
import { evaluateRseExpression, parseRseExpression } from '../../../src/domain/rse-expression.js';
import { refuse } from './conditions.js';
import type { AttributeRow, CollectionRow, FileRow, ProtocolRow, ReplicaRow, RseRow, RuleRow, Tables } from './tables.js';
import { grouped, sortedBy } from './values.js';

/** What the answers depend on beside the rows. */
export interface Settings {
  readonly fields: readonly MetadataField[];
  readonly rse: { readonly dataCentre: string; readonly lfn2pfnAlgorithm: string; readonly offsite: string; readonly location: string; readonly qos: string; readonly shown: readonly string[] };
  /** Where the viewer may not see how full RSEs are. */
  readonly hidesUsage?: boolean;
  readonly viewer?: object;
  readonly limits: { readonly pageSize: number; readonly lfnsPerQuery: number } & Readonly<Record<string, number>>;
}

export const didKey = ({ scope, name }: { readonly scope: string; readonly name: string }) => JSON.stringify([scope, name]);

export interface Rse extends RseRow {
  readonly attributes: Readonly<Record<string, string | boolean>>;
  readonly dataCentre: string;
  readonly protocols: readonly Protocol[];
  readonly protocolRows: readonly ProtocolRow[];
}

/** The rows with their relations, found by plain maps. */
export interface Catalogue {
  readonly tables: Tables;
  readonly settings: Settings;
  /** Those that are not deleted, by name. */
  readonly rses: readonly Rse[];
  readonly rsesOf: (expression?: string | null) => readonly Rse[];
  readonly replicasOf: (file: FileRow) => readonly (ReplicaRow & { readonly rse: Rse })[];
  readonly rulesOn: (did: { readonly scope: string; readonly name: string }) => readonly RuleRow[];
  readonly filesIn: (collection: CollectionRow) => readonly FileRow[];
  readonly collectionsIn: (collection: CollectionRow) => readonly CollectionRow[];
  readonly parentsOf: (did: FileRow | CollectionRow) => readonly CollectionRow[];
}

/** Rucio keeps booleans as text. */
const attributeValue = (text: string) => (text === 'true' ? true : text === 'false' ? false : text);

/** The order in which jsonb keeps keys: short ones first. */
const jsonOrder = (rows: readonly AttributeRow[]) => sortedBy(rows, ({ key }) => BigInt(Buffer.byteLength(key)), ({ key }) => key);

function protocolOf(row: ProtocolRow): Protocol {
  const extended = row.extended_attributes === null ? null : JSON.parse(row.extended_attributes) as unknown;
  return { ...row, extendedAttributes: extended, domains: { lan: { read: row['read_lan'] as number | null }, wan: { read: row['read_wan'] as number | null } } };
}

export function makeCatalogue(tables: Tables, settings: Settings): Catalogue {
  const attributes = grouped(tables.rse_attribute, (row) => row.rse_id);
  const protocols = grouped(tables.rse_protocol, (row) => row.rse_id);
  const rses = sortedBy(tables.rse.filter((row) => !row.deleted), ({ name }) => name).map((row): Rse => {
    const own = Object.fromEntries(jsonOrder(attributes.get(row.id) ?? []).map(({ key, value }) => [key, attributeValue(value)]));
    const protocolRows = protocols.get(row.id) ?? [];
    return { ...row, attributes: own, dataCentre: String(own[settings.rse.dataCentre] ?? row.name), protocolRows, protocols: protocolRows.map(protocolOf) };
  });
  const rseById = new Map(rses.map((rse) => [rse.id, rse]));
  const replicas = grouped(tables.replica, (row) => row.file_id);
  const rules = grouped(tables.rule, didKey);
  const files = new Map(tables.file.map((row) => [row.id, row]));
  const collections = new Map(tables.collection.map((row) => [row.id, row]));
  const present = <T>(row: T | undefined): T[] => (row ? [row] : []);
  const filesIn = grouped(tables.content_file, (row) => row.collection_id);
  const holdersOfFile = grouped(tables.content_file, (row) => row.file_id);
  const collectionsIn = grouped(tables.content_collection, (row) => row.collection_id);
  const holdersOfCollection = grouped(tables.content_collection, (row) => row.child_id);

  return {
    tables, settings, rses,
    rsesOf(expression) {
      if (expression === undefined || expression === null) return rses;
      const names = evaluateRseExpression(parseRseExpression(expression), rses.map((rse) => ({ name: rse.name, attributes: rse.attributes, columns: rse.facts })));
      return names.size === 0 ? refuse('The expression fits no RSE, which Rucio refuses, too.') : rses.filter(({ name }) => names.has(name));
    },
    replicasOf: (file) => (replicas.get(file.id) ?? []).flatMap((row) => present(rseById.get(row.rse_id)).map((rse) => ({ ...row, rse }))),
    rulesOn: (did) => rules.get(didKey(did)) ?? [],
    filesIn: (collection) => (filesIn.get(collection.id) ?? []).flatMap((row) => present(files.get(row.file_id))),
    collectionsIn: (collection) => (collectionsIn.get(collection.id) ?? []).flatMap((row) => present(collections.get(row.child_id))),
    parentsOf: (did) => ('did_type' in did ? holdersOfCollection : holdersOfFile).get(did.id)?.flatMap((row) => present(collections.get(row.collection_id))) ?? [],
  };
}

/** The collection and all that lies below it. */
export function withAllBelow(catalogue: Catalogue, top: CollectionRow): Set<CollectionRow> {
  const found = new Set([top]);
  for (const collection of found) for (const child of catalogue.collectionsIn(collection)) found.add(child);
  return found;
}

/** Everything that holds the DID, at any height. */
export function allAbove(catalogue: Catalogue, did: FileRow | CollectionRow): Set<CollectionRow> {
  const found = new Set(catalogue.parentsOf(did));
  for (const collection of found) for (const parent of catalogue.parentsOf(collection)) found.add(parent);
  return found;
}
