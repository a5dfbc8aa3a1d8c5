import { sql } from 'kysely';
import { connection } from '../connection.js';
import { fileConnection } from '../file-connection.js';
import type { Look } from '../look.js';
import type { Shape } from '../shape.js';
import { columns } from '../shape.js';
import type { Sql } from '../sql.js';
import { collectionParents, collectionType, collectionTypes, didFields, ownRules } from './did.js';

interface DidName { readonly scope: string; readonly name: string }

/** Id of a collection by its name, as an expression. */
const idOf = ({ scope, name }: DidName): Sql => sql`(select c.id from mirror.collection c where c.scope = ${scope} and c.name = ${name})`;

const filesOf = (look: Look, dataset: Sql): Sql => fileConnection(look, {
  identity: { datasetFiles: true },
  condition: (file) => sql`exists (select from mirror.content_file cf where cf.collection_id = ${dataset} and cf.file_id = ${file('id')})`,
});

const childrenOf = (look: Look, container: Sql): Sql => connection(look, {
  name: 'Did', table: sql`mirror.collection`, identity: { children: true },
  condition: (row) => sql`exists (select from mirror.content_collection cc where cc.collection_id = ${container} and cc.child_id = ${row('id')})`,
  order: [{ column: 'scope', type: 'text', direction: 'asc', nullable: false }, { column: 'name', type: 'text', direction: 'asc', nullable: false }],
  variants: { types: collectionTypes, type: collectionType },
}, look.request.pageSize);

const totals = {
  length: (dataset: Sql) => sql`(select count(*) from mirror.content_file cf where cf.collection_id = ${dataset})`,
  bytes: (dataset: Sql) => sql`(select coalesce(sum(f.bytes), 0) from mirror.content_file cf join mirror.file f on f.id = cf.file_id where cf.collection_id = ${dataset})`,
};

// The same by name, for collections that Rucio itself was asked for.
export const datasetFiles = (look: Look, did: DidName): Sql => filesOf(look, idOf(did));
export const containerChildren = (look: Look, did: DidName): Sql => childrenOf(look, idOf(did));
export const datasetTotal = (which: keyof typeof totals, did: DidName): Sql => sql`select ${totals[which](idOf(did))} as v`;

/** Dataset: rows of mirror.collection that hold files. */
export const datasetShape: Shape = { type: 'Dataset', fields: {
  ...didFields('Dataset'),
  didType: { column: () => sql`'DATASET'::text` },
  ...columns({ isOpen: 'is_open' }),
  length: { column: (row) => totals.length(row('id')) },
  bytes: { column: (row) => totals.bytes(row('id')) },
  files: { relation: (look, row) => filesOf(look, row('id')) },
  rules: ownRules, parents: collectionParents,
} };

/** Container: rows of mirror.collection that hold datasets and containers. */
export const containerShape: Shape = { type: 'Container', fields: {
  ...didFields('Container'),
  didType: { column: () => sql`'CONTAINER'::text` },
  children: { relation: (look, row) => childrenOf(look, row('id')) },
  rules: ownRules, parents: collectionParents,
} };
