import { getNamedType, isAbstractType, isNonNullType, isObjectType, type GraphQLField, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import { migrationNames } from '../datasources/mirror/migrate.js';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { registryDigest } from '../datasources/mirror/registry-columns.js';
import { columnType, type MetadataField } from '../domain/metadata-field.js';
import type { Shapes } from './shape.js';
import type { Sql, Table } from './sql.js';
import type { VisibleTables } from './visible-tables.js';

/** Tables whose rows are objects of these types; objects of other types are made of expressions. */
const tableOf: Readonly<Record<string, string>> = {
  File: 'file', Dataset: 'collection', Container: 'collection', Rule: 'rule', Replica: 'replica', Rse: 'rse', RseProtocol: 'rse_protocol', RseUsage: 'rse_usage',
};
/** Types whose shapes are made at the place where they are read. */
const madeInPlace = /(Connection|Edge)$|^(PageInfo|Facet|FilesByLfn)$/;

/** A column as Postgres has it; keys of a catalogue are `table.column`. */
export interface MirrorColumn { readonly type: string; readonly notNull: boolean }
export type MirrorCatalogue = ReadonlyMap<string, MirrorColumn>;

export interface Checked { readonly schema: GraphQLSchema; readonly shapes: Shapes; readonly fields: readonly MetadataField[] }

const unread: VisibleTables = { file: sql`f`, collection: sql`c`, rule: sql`r`, contentFile: sql`cf`, contentCollection: sql`cc` };

/** A table that notes which columns are asked of it. */
function recordingTable(): { row: Table; seen: Map<Sql, string> } {
  const seen = new Map<Sql, string>();
  const reference = (column: string): Sql => {
    const made = sql.ref(column);
    seen.set(made, column);
    return made;
  };
  return { row: Object.assign(reference, { alias: sql.id('t') as Sql }), seen };
}

/** Object types that the mirror's root fields can lead to. */
function typesBelowRoots(schema: GraphQLSchema): GraphQLObjectType[] {
  const seen = new Set<GraphQLNamedType>();
  const visit = (type: GraphQLNamedType): void => {
    if (seen.has(type)) return;
    seen.add(type);
    if (isAbstractType(type)) schema.getPossibleTypes(type).forEach(visit);
    if (isObjectType(type)) for (const field of Object.values(type.getFields())) if (!isLive(field)) visit(getNamedType(field.type));
  };
  for (const field of Object.values(schema.getQueryType()!.getFields())) if (field.extensions['mirror']) visit(getNamedType(field.type));
  return [...seen].filter(isObjectType);
}

/** Fields that Rucio or a service answers are marked so. */
const isLive = ({ extensions }: GraphQLField<unknown, unknown>) => Boolean(extensions['live']);

function* fieldFaults(type: GraphQLObjectType, shapes: Shapes, catalogue: MirrorCatalogue): Generator<string> {
  for (const field of Object.values(type.getFields())) {
    const place = `${type.name}.${field.name}`;
    const read = shapes[type.name]!.fields[field.name];
    if (!read) {
      if (!isLive(field)) yield `${place} has no SQL`;
      continue;
    }
    const table = tableOf[type.name];
    if (!('column' in read) || !table) continue;
    const { row, seen } = recordingTable();
    const expression = read.column(row, {}, unread);
    for (const column of new Set(seen.values())) if (!catalogue.has(`${table}.${column}`)) yield `${place} reads mirror.${table}.${column}, which does not exist`;
    const plain = seen.get(expression);
    if (plain !== undefined && isNonNullType(field.type) && catalogue.get(`${table}.${plain}`)?.notNull === false) {
      yield `${place} is never null, but mirror.${table}.${plain} can be`;
    }
  }
}

/** What of the schema the mirror's tables cannot answer, one sentence each. */
export function shapeFaults({ schema, shapes, fields }: Checked, catalogue: MirrorCatalogue): string[] {
  const faults = typesBelowRoots(schema).flatMap((type) => {
    if (shapes[type.name]) return [...fieldFaults(type, shapes, catalogue)];
    return madeInPlace.test(type.name) ? [] : [`${type.name} has no SQL`];
  });
  const ofFields = fields.flatMap((field) => {
    const found = catalogue.get(`file.${field.column}`)?.type;
    return found === undefined || found === columnType(field) ? [] : [`The field ${field.name} is a ${field.type}, but its column ${field.column} is of type ${found}`];
  });
  return [...faults, ...ofFields];
}

/** Whether `dipper migrate` has run since the version, or the registry, changed: indexes and functions belong to it, too. */
async function setupFaults(pool: MirrorPool, fields: readonly MetadataField[]): Promise<string[]> {
  const [row] = await pool.rows<{ done: string[]; digest: string | null }>(`select array(select name from dipper.migration) as done, (select digest from mirror.registry) as digest`);
  const missing = migrationNames().filter((name) => !row?.done.includes(name));
  return [...missing.map((name) => `The migration ${name} has not run`), ...(row?.digest === registryDigest(fields) ? [] : ['The field registry has changed'])];
}

/** Checks the mirror once it has tables, and no more when it fits. Gives the faults; rejects where the mirror cannot be reached. */
export function createShapeCheck(pool: MirrorPool, checked: Checked): () => Promise<readonly string[]> {
  let fits = false;
  return async () => {
    if (fits) return [];
    const rows = await pool.rows<{ name: string } & MirrorColumn>(`
      select c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull"
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = to_regnamespace('mirror') and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`);
    if (rows.length === 0) return []; // not migrated yet
    const faults = [...shapeFaults(checked, new Map(rows.map(({ name, ...column }) => [name, column]))), ...await setupFaults(pool, checked.fields)];
    fits = faults.length === 0;
    return faults;
  };
}

/** The faults as one message for operators. */
export const misfit = (faults: readonly string[]): string =>
  `The mirror's tables do not fit this version of dipper or its field registry. Run \`dipper migrate\`.\n${faults.map((fault) => `  - ${fault}`).join('\n')}`;
