import { stringify } from 'lossless-json';
import pg from 'pg';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import type { MetadataField } from '../../src/domain/metadata-field.js';
import { oddRows, type JsonRow } from './corpus-rows.js';
import { tableNames } from './naive/tables.js';
import { scratchDatabase, type ScratchDatabase } from './scratch-database.js';

async function insert(client: pg.Client, table: string, rows: readonly JsonRow[] | string): Promise<void> {
  const text = typeof rows === 'string' ? rows : stringify(rows)!;
  const { rows: columns } = await client.query<{ name: string }>(`select quote_ident(key) as name from jsonb_object_keys($1::jsonb -> 0) key
    where key not in (select attname from pg_attribute where attrelid = $2::regclass and attgenerated <> '')`, [text, `mirror.${table}`]);
  if (columns.length === 0) return;
  const names = columns.map(({ name }) => name).join(', ');
  await client.query(`insert into mirror.${table} (${names}) overriding system value select ${names} from jsonb_populate_recordset(null::mirror.${table}, $1::jsonb)`, [text]);
}

/** A mirror of its own: the rows of the given one as they are now, and the odd ones. Nothing follows Rucio in it, though it says so. */
export async function corpusDatabase(mirrorUrl: string, fields: readonly MetadataField[]): Promise<ScratchDatabase> {
  const database = await scratchDatabase(mirrorUrl);
  const source = new pg.Client({ connectionString: mirrorUrl, statement_timeout: 30_000, options: '-c default_transaction_isolation=repeatable\\ read' });
  const target = new pg.Client({ connectionString: database.url, statement_timeout: 30_000 });
  try {
    await migrate(database.url, fields);
    await Promise.all([source.connect(), target.connect()]);
    await source.query('begin');
    const odd = oddRows(fields);
    for (const table of tableNames) {
      const { rows } = await source.query<{ all: string }>(`select coalesce(jsonb_agg(to_jsonb(t)), '[]')::text as all from mirror.${table} t`);
      await insert(target, table, rows[0]!.all);
      await insert(target, table, odd[table] ?? []);
    }
    await target.query("update mirror.source set checked_at = now() + interval '1 day'"); // so that its state and lag stay as they are
    await target.query('analyze');
    return database;
  } catch (error) {
    await database.drop();
    throw error;
  } finally {
    await Promise.all([source.end(), target.end()]);
  }
}
