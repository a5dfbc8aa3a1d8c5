import { createHash } from 'node:crypto';
import type pg from 'pg';
import { deriveMetadata, KEY_CONFLICTS } from '../../domain/derive-metadata.js';
import { columnType, LONG_FILE, spanColumns, type MetadataField } from '../../domain/metadata-field.js';
import { DipperError } from '../../errors.js';
import { columnTexts, parseMetadata } from './write-metadata.js';

const BATCH = 2_000;

/** What a field's values are made from; a change of it asks for new values. */
const recipe = (field: MetadataField) => JSON.stringify([field.column, field.type, field.key, field.aliases ?? [], field.when ?? {}, field.map ?? {}]);

const digestOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Digest of all in the registry that the mirror's columns and indexes depend on; wording does not count. */
export function registryDigest(fields: readonly MetadataField[]): string {
  const parts = fields.map((field) => [recipe(field), !!field.indexed, !!field.sortable, field.index]);
  return digestOf([parts, spanColumns(fields)]);
}

const columnSql = (field: MetadataField) => `${columnType(field)}${field.type === 'String' ? ' collate "C"' : ''}`;

function checkColumns(fields: readonly MetadataField[], own: ReadonlySet<string>): void {
  const seen = new Set<string>();
  for (const { name, column } of fields) {
    if (!/^[a-z][a-z0-9_]{0,50}$/.test(column)) throw new DipperError('INTERNAL', `Field ${name}: column ${column} is not a plain lower-case name.`);
    if (own.has(column)) throw new DipperError('INTERNAL', `Field ${name}: column ${column} is one of the mirror's own.`);
    if (seen.has(column)) throw new DipperError('INTERNAL', `Field ${name}: column ${column} has another field already.`);
    seen.add(column);
  }
}

/** Index of the field, or null. (column, scope, name) serves filters and order alike. */
function indexSql({ column, type, indexed, index }: MetadataField): string | null {
  if (!indexed) return null;
  if (type === '[Int]') return `create index "file_list_${column}" on mirror.file using gin ("${column}")`;
  return index === 'small' ? `create index "file_small_${column}" on mirror.file ("${column}")` : `create index "file_field_${column}" on mirror.file ("${column}", scope, name)`;
}

/** The files without a value, at the end of an order by the field: too many to sort, and Postgres does not see that the field's own index has them in order. */
function missingIndexSql({ column, indexed, sortable }: MetadataField): string | null {
  return indexed && sortable ? `create index "file_none_${column}" on mirror.file (scope, name) where "${column}" is null` : null;
}

/** Index of the files that last long, for `time` (see src/read/filter/overlaps.ts). Named by both its columns, shortly. */
function spanIndexSql(fields: readonly MetadataField[]): string | null {
  const columns = spanColumns(fields);
  const span = columns && `"${columns.end}" - "${columns.start}"`;
  return span ? `create index "file_long_${digestOf(columns).slice(0, 8)}" on mirror.file ("${columns.start}") where ${span} > ${LONG_FILE}` : null;
}

async function fileColumns(client: pg.ClientBase): Promise<string[]> {
  const answer = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = 'mirror.file'::regclass and attnum > 0 and not attisdropped order by attnum`);
  return answer.rows.map(({ name }) => name);
}

interface StoredMetadata { readonly id: string; readonly metadata: string }

/** Derives the values of the changed fields, and which keys disagree, of some files again; what does not change is not written. */
async function derive(client: pg.ClientBase, fields: readonly MetadataField[], changed: readonly MetadataField[], files: readonly StoredMetadata[]): Promise<void> {
  const types = new Map([...changed.map((field) => [field.column, columnType(field)] as const), [KEY_CONFLICTS, 'text[]']]);
  const names = [...types.keys()];
  const listOf = (alias: string) => names.map((name) => `${alias}."${name}"`).join(', ');
  const rows = files.map(({ id, metadata }) => ({ id, ...columnTexts(deriveMetadata(fields, parseMetadata(metadata) ?? {})) }));
  await client.query(
    `update mirror.file f set ${names.map((name) => `"${name}" = r."${name}"`).join(', ')}
     from json_to_recordset($1::json) as r (id bigint, ${[...types].map(([name, type]) => `"${name}" ${type}`).join(', ')})
     where f.id = r.id and (${listOf('f')}) is distinct from (${listOf('r')})`, [JSON.stringify(rows, ['id', ...names])]);
}

/** Derives all fields of these files again from the metadata that the mirror has, inside the caller's transaction. */
export async function deriveAgain(client: pg.ClientBase, fields: readonly MetadataField[], dids: readonly { scope: string; name: string }[]): Promise<void> {
  const files = await client.query<StoredMetadata>(
    `select f.id::text, f.metadata::text from json_to_recordset($1::json) as k (scope text, name text) join mirror.file f on f.scope = k.scope and f.name = k.name`,
    [JSON.stringify(dids)]);
  await derive(client, fields, fields, files.rows);
}

/** The same of the changed fields for all files, batch after batch in the order of ids. */
async function fill(
  client: pg.ClientBase, { fields, changed }: { fields: readonly MetadataField[]; changed: readonly MetadataField[] },
  { signal, report }: { signal?: AbortSignal | undefined; report: (text: string) => void },
): Promise<void> {
  let last = '0';
  for (let done = 0; ; ) {
    signal?.throwIfAborted();
    const page = await client.query<StoredMetadata>('select f.id::text, f.metadata::text from mirror.file f where f.id > $1 order by f.id limit $2', [last, BATCH]);
    if (!page.rows.length) return;
    await derive(client, fields, changed, page.rows);
    last = page.rows.at(-1)!.id;
    done += page.rows.length;
    if (done % (BATCH * 50) === 0) report(`Metadata of ${done} files read again.`);
  }
}

interface Registry {
  digest: string;
  fields: MetadataField[];
}

async function readRegistry(client: pg.ClientBase): Promise<Registry> {
  const stored = await client.query<Registry>('select digest, fields from mirror.registry');
  return stored.rows[0] ?? { digest: '', fields: [] };
}

const saveRegistry = (client: pg.ClientBase, digest: string, fields: readonly MetadataField[]) =>
  client.query(
    `insert into mirror.registry (digest, fields) values ($1, $2) on conflict (singleton) do update set digest = excluded.digest, fields = excluded.fields`,
    [digest, JSON.stringify(fields)]);

/** Adds and drops columns in one transaction, with a digest that no registry has: after a break all values are derived again. */
async function alterColumns(client: pg.ClientBase, before: readonly MetadataField[], fields: readonly MetadataField[], report: (text: string) => void): Promise<void> {
  const present = new Set(await fileColumns(client));
  checkColumns(fields, new Set([...present].filter((column) => !before.some((field) => field.column === column))));
  const same = (field: MetadataField, list: readonly MetadataField[]) => list.some((other) => other.column === field.column && other.type === field.type);
  await client.query('begin');
  for (const field of before.filter((old) => !same(old, fields))) {
    report(`Column ${field.column} is dropped.`);
    await client.query(`alter table mirror.file drop column "${field.column}"`);
  }
  for (const field of fields.filter((added) => !same(added, before))) {
    report(`Column ${field.column} is added.`);
    await client.query(`alter table mirror.file add column "${field.column}" ${columnSql(field)}`);
  }
  await saveRegistry(client, 'unfinished', fields);
  await client.query('commit');
}

async function alterIndexes(client: pg.ClientBase, fields: readonly MetadataField[], report: (text: string) => void): Promise<void> {
  const present = await client.query<{ name: string }>(
    `select indexname as name from pg_indexes where schemaname = 'mirror' and tablename = 'file' and indexname ~ '^file_(field|small|none|list|long)_'`);
  const wanted = [...fields.flatMap((field) => [indexSql(field), missingIndexSql(field)]), spanIndexSql(fields)].filter((sql) => sql !== null);
  for (const { name } of present.rows) {
    if (wanted.some((sql) => sql.includes(`"${name}"`))) continue;
    report(`Index ${name} is dropped.`);
    await client.query(`drop index mirror."${name}"`);
  }
  for (const sql of wanted) {
    if (present.rows.some(({ name }) => sql.includes(`"${name}"`))) continue;
    report(`Built: ${sql}`);
    await client.query(sql);
  }
  await client.query('analyze mirror.file'); // new columns have no statistics before
}

/**
 * Makes the columns and indexes of mirror.file what the registry says, and fills new columns from the metadata. The caller holds
 * sync's lock, so that nothing writes with an older registry meanwhile. Can be run again after any break.
 */
export async function applyRegistry(
  client: pg.ClientBase, fields: readonly MetadataField[], options: { signal?: AbortSignal | undefined; report: (text: string) => void },
): Promise<void> {
  const { signal, report } = options;
  const before = await readRegistry(client);
  await alterColumns(client, before.fields, fields, report);
  const known = new Set(before.digest === 'unfinished' ? [] : before.fields.map(recipe));
  const changed = fields.filter((field) => !known.delete(recipe(field)));
  // What is left in `known` is gone, and so are its disagreements.
  if (changed.length || known.size) await fill(client, { fields, changed }, { signal, report });
  await alterIndexes(client, fields, report);
  await saveRegistry(client, registryDigest(fields), fields);
}

/** Whether the columns were made from this registry already. */
export async function registryIsCurrent(client: pg.ClientBase, fields: readonly MetadataField[]): Promise<boolean> {
  return (await readRegistry(client)).digest === registryDigest(fields);
}
