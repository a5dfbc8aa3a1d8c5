import { sql } from 'kysely';
import { isStorableText } from '../domain/storable-text.js';
import { connection } from './connection.js';
import { didCondition } from './filter/did-filter.js';
import { ruleCondition } from './filter/rule-filter.js';
import type { Look } from './look.js';
import { collectionType, collectionTypes } from './shape/did.js';
import { table, type Sql } from './sql.js';

interface DidName { readonly scope: string; readonly name: string }

/** Whether these can be a DID's names at all; else nothing is asked. */
const never = sql`select null::json as v where false`;
const isName = ({ scope, name }: DidName) => isStorableText(scope) && isStorableText(name);

export const fileByName = (look: Look, did: DidName): Sql => (!isName(did) ? never
  : look.one('File', (row) => ({ from: sql`${look.tables.file} as ${row.alias}`, rest: sql`where ${row('scope')} = ${did.scope} and ${row('name')} = ${did.name}` })));

export const collectionByName = (look: Look, did: DidName, type?: string): Sql => (!isName(did) ? never
  : look.oneOf(type ? [type] : collectionTypes, (row) => ({
    from: sql`${look.tables.collection} as ${row.alias}`,
    rest: sql`where ${row('scope')} = ${did.scope} and ${row('name')} = ${did.name}${type ? sql` and ${collectionType(row)} = ${sql.lit(type)}` : sql``}`,
    type: collectionType(row),
  })));

/** A DID of any type: Rucio lets a name stand for one thing only. */
export const didByName = (look: Look, did: DidName): Sql => sql`select coalesce((${fileByName(look, did)}), (${collectionByName(look, did)})) as v`;

/** Files by name, in the order asked for, and the names that are not there. */
export function filesByName(look: Look, dids: readonly DidName[]): Sql {
  const scopes = dids.map(({ scope }) => scope);
  const names = dids.map(({ name }) => name);
  const asked = sql`unnest(${scopes}::text[], ${names}::text[]) with ordinality as asked (scope, name, place)`;
  const isFile = (file: ReturnType<typeof table>) => sql`${file('scope')} = asked.scope and ${file('name')} = asked.name`;
  const known = table('known');
  return look.one({ type: 'FilesByLfn', fields: {
    found: { relation: (below) => below.list('File', (file) => ({ from: sql`${asked} join ${look.tables.file} as ${file.alias} on ${isFile(file)}`, rest: sql`order by asked.place` })) },
    missing: { column: () => sql`(select coalesce(json_agg(asked.name order by asked.place), '[]') from ${asked} where not exists (select from ${look.tables.file} as ${known.alias} where ${isFile(known)}))` },
    completeness: { relation: (below) => below.one('Completeness', (one) => ({ from: sql`(select) as ${one.alias}` })) },
  } }, (one) => ({ from: sql`(select) as ${one.alias}` }));
}

export const rseByName = (look: Look, name: string): Sql => (!isStorableText(name) ? never
  : look.one('Rse', (row) => ({ from: sql`mirror.rse as ${row.alias}`, rest: sql`where ${row('name')} = ${name} and not ${row('deleted')}` })));

/** RSEs that fit an expression, by name. */
export function rseList(look: Look): Sql {
  const { expression } = look.args as { expression?: string | null };
  const ids = look.request.filter.rses(expression ?? undefined).map(({ id }) => id);
  return look.list('Rse', (row) => ({ from: sql`mirror.rse as ${row.alias}`,
    rest: expression === undefined || expression === null ? sql`where not ${row('deleted')} order by ${row('name')}` : sql`where ${row('id')} = any(${ids}::int[]) order by ${row('name')}` }));
}

/** A rule by Rucio's id, with or without dashes. */
export const ruleById = (look: Look, id: string): Sql => (!/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(id) ? never
  : look.one('Rule', (row) => ({ from: sql`${look.tables.rule} as ${row.alias}`, rest: sql`where ${row('id')} = ${id}::uuid` })));

/** Anything by its id, `<type>:<natural key>`. */
export function nodeById(look: Look, id: string): Sql {
  const [, type, key] = /^(File|Dataset|Container|Rule|Rse):(.+)$/s.exec(id) ?? [];
  if (!type || !key) return never;
  if (type === 'Rule') return ruleById(look, key);
  if (type === 'Rse') return rseByName(look, key);
  const colon = key.indexOf(':');
  if (colon < 0) return never;
  const did = { scope: key.slice(0, colon), name: key.slice(colon + 1) };
  return type === 'File' ? fileByName(look, did) : collectionByName(look, did, type);
}

/** Datasets, or containers, by (scope, name). */
export function collections(look: Look, type: 'Dataset' | 'Container'): Sql {
  const { where } = look.args as { where?: object | null };
  return connection(look, {
    name: type, table: look.tables.collection, identity: where ?? {},
    condition: (row) => sql`(${row('did_type')} = ${sql.lit(type.toUpperCase())} and ${where ? didCondition(row, where, look.request.filter) : sql`true`})`,
    order: ['scope', 'name'].map((column) => ({ column, type: 'text', direction: 'asc', nullable: false } as const)),
  }, look.request.pageSize);
}

/** Rules by the time they were made. */
export function rules(look: Look): Sql {
  const { where } = look.args as { where?: object | null };
  return connection(look, {
    name: 'Rule', table: look.tables.rule, identity: where ?? {},
    condition: (row) => (where ? ruleCondition(row, where) : sql`true`),
    order: [{ column: 'created_at', type: 'timestamptz', direction: 'asc', nullable: false }, { column: 'id', type: 'uuid', direction: 'asc', nullable: false }],
  }, look.request.pageSize);
}
