import pg from 'pg';
import { jsonChange, type WriteTable } from './write-table.js';

/** A row as Rucio has it: texts, by column; `unchanged` names columns whose old value stays. */
export type ChangeRow = Readonly<Record<string, string | null | readonly string[]>>;
/** Last state of each key that changed, by table: rows to take in and keys to remove. */
export type ChangeSet = ReadonlyMap<string, { readonly upserts: readonly ChangeRow[]; readonly removes: readonly ChangeRow[] }>;

/** Rows that Postgres refuses: bad data, a broken constraint, an index entry too long. Anything else is no fault of the row. */
export function isRowFault(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? '');
}

/** Runs inside a savepoint; answers the error if the rows are at fault, throws on anything else. */
async function attempt(client: pg.ClientBase, work: () => Promise<unknown>): Promise<pg.DatabaseError | null> {
  await client.query('savepoint rows');
  try {
    await work();
    await client.query('release rows');
    return null;
  } catch (error) {
    if (!isRowFault(error)) throw error;
    await client.query('rollback to rows');
    return error;
  }
}

async function setAside(client: pg.ClientBase, table: WriteTable, row: ChangeRow, reason: string): Promise<void> {
  // The key is made as the statements make it, so that they find it again; a NUL byte, which Postgres cannot hold, is shown as one.
  const key = table.key.map((column) => (typeof row[column] === 'string' ? row[column].replaceAll('\0', '\u2400') : null));
  await client.query(
    `insert into ${table.schema}.set_aside (source_table, key, reason, "row") values ($1, json_build_array(${key.map((_, at) => `$${at + 4}::text`).join(', ')})::text, $2, $3)
     on conflict (source_table, key) do update set reason = excluded.reason, waits_for = '{}', "row" = excluded."row", seen_at = now()`,
    [table.name, reason, JSON.stringify(row), ...key],
  );
}

/** Takes rows in with one statement; where that fails, halves them until the rows at fault stand alone and are set aside. */
export async function upsertRows(client: pg.ClientBase, table: WriteTable, rows: readonly ChangeRow[]): Promise<void> {
  if (!rows.length) return;
  const failure = await attempt(client, () => client.query(table.upsert(jsonChange(table.columns)), [JSON.stringify(rows)]));
  if (!failure) return;
  if (rows.length === 1) return setAside(client, table, rows[0]!, failure.message);
  const middle = rows.length >> 1;
  await upsertRows(client, table, rows.slice(0, middle));
  await upsertRows(client, table, rows.slice(middle));
}

/** Rucio's tables that RSE expressions and PFNs are worked out from. */
const RSE_TABLES = ['rses', 'rse_attr_map', 'rse_protocols'];

/** Keys that rows set aside may wait for, as set_aside names them. */
function arrivals(changes: ChangeSet): string[] {
  const rses = changes.get('rses')?.upserts.map((row) => String(row['id'])) ?? [];
  const dids = changes.get('dids')?.upserts.filter((row) => row['has_did'] === 'true').map((row) => `${String(row['scope'])}:${String(row['name'])}`) ?? [];
  return [...rses, ...dids];
}

const RETRIED_AT_ONCE = 2_000;

/** Tries rows again that were set aside for want of one of the keys. */
async function retryWaiting(client: pg.ClientBase, table: WriteTable, keys: readonly string[]): Promise<void> {
  const source = table.name === 'dids' ? 'did_meta' : table.name;
  // Of an RSE that comes late, there may be millions.
  for (let last = '0'; ;) {
    const waiting = await client.query<{ id: string; row: string }>(
      `select id::text, "row" from ${table.schema}.set_aside where source_table = $1 and waits_for && $2::text[] and id > $3 order by id limit ${RETRIED_AT_ONCE}`, [source, keys, last]);
    if (waiting.rows.length === 0) return;
    await upsertRows(client, table, waiting.rows.map(({ row }) => JSON.parse(row) as ChangeRow));
    last = waiting.rows.at(-1)!.id;
  }
}

/** Whether RSE expressions and PFNs may come out otherwise after these changes. */
export const changeRses = (changes: ChangeSet): boolean => RSE_TABLES.some((name) => (changes.get(name)?.upserts.length ?? 0) + (changes.get(name)?.removes.length ?? 0) > 0);

/** Tells readers that RSEs have changed. The last thing before a commit: it locks the row in which the leader shows that it lives. */
export async function raiseRsesVersion(client: pg.ClientBase): Promise<void> {
  await client.query('update mirror.source set rses_version = rses_version + 1');
}

/** Writes a set of changes to the mirror inside the caller's transaction, which is committed soon. */
export async function writeChanges(client: pg.ClientBase, tables: readonly WriteTable[], changes: ChangeSet): Promise<void> {
  await writeRows(client, tables, changes);
  if (changeRses(changes)) await raiseRsesVersion(client);
}

/**
 * Writes rows that changed inside the caller's transaction, who says where RSEs have changed. Removes first, children before parents, then takes in, parents before
 * children; rows set aside earlier whose DID or RSE has come are tried again just before newer rows of their table.
 */
export async function writeRows(client: pg.ClientBase, tables: readonly WriteTable[], changes: ChangeSet): Promise<void> {
  for (const table of tables.toReversed()) {
    const removes = changes.get(table.name)?.removes;
    if (removes?.length) await client.query(table.remove(jsonChange(table.columns)), [JSON.stringify(removes)]);
  }
  const keys = arrivals(changes);
  const waiting = keys.length > 0 && (await client.query(`select from ${tables[0]!.schema}.set_aside where waits_for && $1::text[] limit 1`, [keys])).rowCount === 1;
  for (const table of tables) {
    // Metadata can follow their DID only; newer metadata of the same batch have cleared older ones by then.
    const after = table.name === 'dids';
    if (waiting && !after) await retryWaiting(client, table, keys);
    await upsertRows(client, table, changes.get(table.name)?.upserts ?? []);
    if (waiting && after) await retryWaiting(client, table, keys);
  }
}
