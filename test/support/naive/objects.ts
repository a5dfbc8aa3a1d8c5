import type { GraphQLResolveInfo } from 'graphql';
import { pfns } from '../../../src/domain/pfn.js';
import { allAbove, type Catalogue, type Rse } from './catalogue.js';
import { checkFilterVariables, type Input } from './conditions.js';
import { facetOf } from './facet.js';
import { fileTest } from './filters.js';
import { pageOf, type OrderKey, type Page, type PageArguments } from './page.js';
import { completeness } from './status.js';
import type { CollectionRow, FileRow, ReplicaRow, RuleRow } from './tables.js';
import { dateTime, microseconds, sortedBy, type Key } from './values.js';

// Objects for graphql-js's own default resolver: a property is a value, or a function of a field's arguments.

/** Healthy states first. */
const states = ['AVAILABLE', 'TEMPORARY_UNAVAILABLE', 'UNAVAILABLE', 'COPYING', 'BEING_DELETED', 'BAD'];
const typeNames: Readonly<Record<string, string>> = { DATASET: 'Dataset', CONTAINER: 'Container' };
interface Named { readonly scope: string; readonly name: string }
export const byName = [({ scope }: Named) => scope, ({ name }: Named) => name] as const;

const metadataOf = (row: FileRow | CollectionRow) => ({ keys }: { keys?: string[] | null }) =>
  (keys === undefined || keys === null ? row.metadata : Object.fromEntries(Object.entries(row.metadata).filter(([key]) => keys.includes(key))));

const did = (typename: string, row: FileRow | CollectionRow) => ({
  __typename: typename, id: `${typename}:${row.scope}:${row.name}`, scope: row.scope, name: row.name, account: row.account,
  createdAt: dateTime(row.created_at), updatedAt: dateTime(row.updated_at), metadata: metadataOf(row),
});

export const ruleObject = (row: RuleRow): object => {
  const ruleId = row.id.replaceAll('-', '');
  return {
    __typename: 'Rule', id: `Rule:${ruleId}`, ruleId, scope: row.scope, name: row.name, didType: row['did_type'], account: row.account, rseExpression: row.rse_expression,
    sourceReplicaExpression: row['source_replica_expression'], copies: row['copies'], state: row.state, grouping: row['grouping'], activity: row['activity'],
    locksOkCnt: Number(row['locks_ok_cnt']), locksReplicatingCnt: Number(row['locks_replicating_cnt']), locksStuckCnt: Number(row['locks_stuck_cnt']),
    locked: row['locked'], error: row['error'], expiresAt: dateTime(row.expires_at), createdAt: dateTime(row.created_at), updatedAt: dateTime(row.updated_at),
  };
};

/** Oldest first, to the second, which is all that Rucio's REST interface tells. */
const ruleList = (rules: Iterable<RuleRow>) => sortedBy([...rules], (rule) => microseconds(rule.created_at) / 1_000_000n, (rule) => rule.id).map(ruleObject);

const priorities = (row: Input, domain: string, operations: readonly string[]) => Object.fromEntries(operations.map((operation) => [operation, row[`${operation}_${domain}`]]));
const transfers = (row: Input) => ({ third_party_copy_read: row['third_party_copy_read'], third_party_copy_write: row['third_party_copy_write'] });

export function rseObject(catalogue: Catalogue, rse: Rse): object {
  const { rse: names } = catalogue.settings;
  return {
    __typename: 'Rse', id: `Rse:${rse.name}`, name: rse.name, type: rse.type, dataCentre: rse.dataCentre,
    location: rse.attributes[names.location] ?? null, isOffsite: rse.attributes[names.offsite] === true, qos: rse.attributes[names.qos] ?? null,
    availabilityRead: rse['availability_read'], availabilityWrite: rse['availability_write'], availabilityDelete: rse['availability_delete'],
    attributes: Object.fromEntries(Object.entries(rse.attributes).filter(([key]) => names.shown.includes(key))),
    protocols: () => sortedBy(rse.protocolRows, ({ scheme }) => scheme, ({ hostname }) => hostname, ({ port }) => BigInt(port)).map((row) => ({
      scheme: row.scheme, hostname: row.hostname, port: row.port, prefix: row.prefix, impl: row.impl,
      domains: { lan: priorities(row, 'lan', ['read', 'write', 'delete']), wan: { ...priorities(row, 'wan', ['read', 'write', 'delete']), ...transfers(row) } },
    })),
    usage: () => (catalogue.settings.hidesUsage ? null : sortedBy(catalogue.tables.rse_usage.filter((row) => row.rse_id === rse.id), ({ source }) => source).map((row) => ({
      source: row.source, used: row.used, free: row.free, total: row.used === null ? null : row.used + (row.free ?? 0n), files: row.files, updatedAt: dateTime(row.updated_at),
    }))),
  };
}

function replicaObject(catalogue: Catalogue, file: FileRow, { rse, ...row }: ReplicaRow & { readonly rse: Rse }): object {
  const algorithm = String(rse.attributes['lfn2pfn_algorithm'] ?? catalogue.settings.rse.lfn2pfnAlgorithm);
  const way = { protocols: rse.protocols, deterministic: rse.deterministic, pathRule: ({ ctao_bdms: 'name', identity: 'identity', hash: 'hash' } as const)[algorithm] };
  return {
    rse: () => rseObject(catalogue, rse), state: row.state, bytes: row.bytes, adler32: row.adler32, createdAt: dateTime(row.created_at), updatedAt: dateTime(row.updated_at),
    pfns: () => pfns(way, file.scope, file.name, row.path),
  };
}

export function fileObject(catalogue: Catalogue, row: FileRow): object {
  const { fields } = catalogue.settings;
  return {
    ...did('File', row), didType: 'FILE', lfn: row.name, bytes: row.bytes, adler32: row.adler32, md5: row.md5,
    checksums: (['adler32', 'md5'] as const).filter((type) => row[type] !== null).map((type) => ({ type, checksum: row[type] })),
    ...Object.fromEntries(fields.map(({ name, column, type }) => [name, type === 'DateTime' ? dateTime(row[column]) : row[column]])),
    replicas: ({ rse, state }: { rse?: string | null; state?: string[] | null }) => {
      const wanted = new Set(catalogue.rsesOf(rse));
      const found = catalogue.replicasOf(row).filter((replica) => wanted.has(replica.rse) && (!state || state.includes(replica.state)));
      return sortedBy(found, (replica) => BigInt(states.indexOf(replica.state)), (replica) => replica.rse.name).map((replica) => replicaObject(catalogue, row, replica));
    },
    rules: () => ruleList([...catalogue.rulesOn(row), ...[...allAbove(catalogue, row)].flatMap((holder) => catalogue.rulesOn(holder))]),
    parents: () => sortedBy(catalogue.parentsOf(row), ...byName).map((parent) => collectionObject(catalogue, parent)),
  };
}

export function collectionObject(catalogue: Catalogue, row: CollectionRow): object {
  const shared = {
    ...did(typeNames[row.did_type]!, row), didType: row.did_type,
    rules: () => ruleList(catalogue.rulesOn(row)),
    parents: () => sortedBy(catalogue.parentsOf(row), ...byName).map((parent) => collectionObject(catalogue, parent)),
  };
  if (row.did_type === 'CONTAINER') {
    return { ...shared, children: (args: PageArguments) =>
      listObject(catalogue, catalogue.collectionsIn(row), collectionObject, byName.map((of) => ({ of })), ['children', row.scope, row.name], args) };
  }
  return {
    ...shared, isOpen: row.is_open,
    length: () => BigInt(catalogue.filesIn(row).length), bytes: () => bytesOf(catalogue.filesIn(row)),
    files: (args: FileArguments, _context: unknown, info: GraphQLResolveInfo) => fileList(catalogue, catalogue.filesIn(row), ['files of', row.scope, row.name], args, info),
  };
}

const bytesOf = (files: readonly FileRow[]) => files.reduce((sum, { bytes }) => sum + bytes, 0n);

function connection<R>(catalogue: Catalogue, page: Page<R>, node: (catalogue: Catalogue, row: R) => object, matching: readonly R[]): object {
  return {
    nodes: () => page.rows.map((row) => node(catalogue, row)),
    edges: () => page.rows.map((row) => ({ cursor: page.cursor(row), node: () => node(catalogue, row) })),
    pageInfo: page.pageInfo, totalCount: BigInt(matching.length),
  };
}

/** A connection without more than Relay has. */
export const listObject = <R>(catalogue: Catalogue, matching: readonly R[], node: (catalogue: Catalogue, row: R) => object, order: readonly OrderKey<R>[], identity: unknown, args: PageArguments): object =>
  connection(catalogue, pageOf(matching, order, identity, args, catalogue.settings.limits.pageSize), node, matching);

interface FileArguments extends PageArguments { readonly where?: Input | null; readonly orderBy?: readonly { field: string; direction: string }[] | null }

const ownOrders: Readonly<Record<string, (file: FileRow) => Key>> = {
  NAME: ({ name }) => name, BYTES: ({ bytes }) => bytes, CREATED_AT: (file) => microseconds(file.created_at), UPDATED_AT: (file) => microseconds(file.updated_at),
};

function orderKey(catalogue: Catalogue, { field, direction }: { field: string; direction: string }): OrderKey<FileRow> {
  const registered = catalogue.settings.fields.find(({ name }) => name.replace(/[A-Z]/g, '_$&').toUpperCase() === field);
  const of = ownOrders[field] ?? ((file: FileRow) => {
    const value = file[registered!.column];
    return value === null ? null : registered!.type === 'DateTime' ? microseconds(String(value)) : registered!.type === 'String' ? String(value) : BigInt(value as bigint | number);
  });
  return { of, descending: direction === 'DESC' };
}

/** FileConnection over some files. */
export function fileList(catalogue: Catalogue, files: readonly FileRow[], identity: unknown, args: FileArguments, info: GraphQLResolveInfo): object {
  checkFilterVariables(info);
  const matching = args.where ? files.filter(fileTest(catalogue, args.where)) : files;
  const orders = args.orderBy ?? [];
  const order = [...orders.map((one) => orderKey(catalogue, one)), ...byName.map((of): OrderKey<FileRow> => ({ of }))];
  const page = pageOf(matching, order, [identity, args.where ?? {}, orders], args, catalogue.settings.limits.pageSize);
  return {
    ...connection(catalogue, page, fileObject, matching), totalBytes: bytesOf(matching),
    facet: (facet: { field: string; limit?: number | null }) => facetOf(catalogue, matching, facet), completeness: () => completeness(catalogue),
  };
}

