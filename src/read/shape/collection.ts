import { sql } from 'kysely';
import { connection } from '../connection.js';
import { fileConnection } from '../file-connection.js';
import type { Look } from '../look.js';
import type { Shape } from '../shape.js';
import { columns } from '../shape.js';
import type { Sql, Table } from '../sql.js';
import type { VisibleTables } from '../visible-tables.js';
import { collectionParents, collectionType, collectionTypes, didFields, ownRules } from './did.js';

interface DidName { readonly scope: string; readonly name: string }

/** A collection, as expressions: its id, and its natural key. */
interface Collection { readonly id: Sql; readonly key: Sql }
const ofRow = (row: Table): Collection => ({ id: row('id'), key: sql`${row('scope')} || ':' || ${row('name')}` });
const byName = (did: DidName, tables: VisibleTables): Collection => ({ id: idOf(did, tables), key: sql`${`${did.scope}:${did.name}`}::text` });
const idOf = ({ scope, name }: DidName, { collection }: VisibleTables): Sql => sql`(select c.id from ${collection} c where c.scope = ${scope} and c.name = ${name})`;

const filesOf = (look: Look, dataset: Collection): Sql => fileConnection(look, {
  identity: { datasetFiles: true }, list: dataset.key,
  condition: (file) => sql`exists (select from ${look.tables.contentFile} cf where cf.collection_id = ${dataset.id} and cf.file_id = ${file('id')})`,
});

const childrenOf = (look: Look, container: Collection): Sql => connection(look, {
  name: 'Did', table: look.tables.collection, identity: { children: true }, list: container.key,
  condition: (row) => sql`exists (select from ${look.tables.contentCollection} cc where cc.collection_id = ${container.id} and cc.child_id = ${row('id')})`,
  order: [{ column: 'scope', type: 'text', direction: 'asc', nullable: false }, { column: 'name', type: 'text', direction: 'asc', nullable: false }],
  variants: { types: collectionTypes, type: collectionType },
}, look.request.pageSize);

const totals = {
  length: (dataset: Sql, { contentFile }: VisibleTables) => sql`(select count(*) from ${contentFile} cf where cf.collection_id = ${dataset})`,
  bytes: (dataset: Sql, { contentFile, file }: VisibleTables) => sql`(select coalesce(sum(f.bytes), 0) from ${contentFile} cf join ${file} f on f.id = cf.file_id where cf.collection_id = ${dataset})`,
};

// The same by name, for collections that Rucio itself was asked for.
export const datasetFiles = (look: Look, did: DidName): Sql => filesOf(look, byName(did, look.tables));
export const containerChildren = (look: Look, did: DidName): Sql => childrenOf(look, byName(did, look.tables));
export const datasetTotal = ({ tables }: Look, which: keyof typeof totals, did: DidName): Sql => sql`select ${totals[which](idOf(did, tables), tables)} as v`;

/** Dataset: rows of mirror.collection that hold files. */
export const datasetShape: Shape = { type: 'Dataset', fields: {
  ...didFields('Dataset'),
  didType: { column: () => sql`'DATASET'::text` },
  ...columns({ isOpen: 'is_open' }),
  length: { column: (row, _args, tables) => totals.length(row('id'), tables) },
  bytes: { column: (row, _args, tables) => totals.bytes(row('id'), tables) },
  files: { relation: (look, row) => filesOf(look, ofRow(row)) },
  rules: ownRules, parents: collectionParents,
} };

/** Container: rows of mirror.collection that hold datasets and containers. */
export const containerShape: Shape = { type: 'Container', fields: {
  ...didFields('Container'),
  didType: { column: () => sql`'CONTAINER'::text` },
  children: { relation: (look, row) => childrenOf(look, ofRow(row)) },
  rules: ownRules, parents: collectionParents,
} };
