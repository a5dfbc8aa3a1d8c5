import pg from 'pg';
import { parseExactly } from '../parse-exactly.js';

/** Rows as Postgres gives them: bigint as bigint, times as its own text, jsonb as objects. Columns of the registry are among them. */
type Row<T> = Readonly<T> & Readonly<Record<string, unknown>>;
type Text = string | null;

export type FileRow = Row<{ id: bigint; scope: string; name: string; account: string; bytes: bigint; adler32: Text; md5: Text; created_at: string; updated_at: string; metadata: Readonly<Record<string, unknown>> }>;
export type CollectionRow = Row<{ id: bigint; scope: string; name: string; did_type: string; account: string; is_open: boolean; created_at: string; updated_at: string; metadata: Readonly<Record<string, unknown>> }>;
export type ReplicaRow = Row<{ file_id: bigint; rse_id: number; state: string; bytes: bigint; adler32: Text; path: Text; created_at: string; updated_at: string }>;
export type RuleRow = Row<{ id: string; scope: string; name: string; account: string; rse_expression: string; state: string; created_at: string; updated_at: string; expires_at: Text }>;
export type RseRow = Row<{ id: number; name: string; type: string; deterministic: boolean; deleted: boolean; facts: Readonly<Record<string, string | boolean | null>> }>;
export type AttributeRow = Row<{ rse_id: number; key: string; value: string }>;
export type ProtocolRow = Row<{ rse_id: number; scheme: string; hostname: string; port: number; prefix: string; impl: string; extended_attributes: Text }>;
export type UsageRow = Row<{ rse_id: number; source: string; used: bigint | null; free: bigint | null; files: bigint | null; updated_at: string }>;
export type SourceRow = Row<{ kind: string; state: string; position: Text; as_of: Text; behind_since: Text; checked_at: Text }>;

/** The mirror as plain arrays. */
export interface Tables {
  readonly file: readonly FileRow[];
  readonly replica: readonly ReplicaRow[];
  readonly collection: readonly CollectionRow[];
  readonly content_file: readonly Row<{ collection_id: bigint; file_id: bigint }>[];
  readonly content_collection: readonly Row<{ collection_id: bigint; child_id: bigint }>[];
  readonly rule: readonly RuleRow[];
  readonly rse: readonly RseRow[];
  readonly rse_attribute: readonly AttributeRow[];
  readonly rse_protocol: readonly ProtocolRow[];
  readonly rse_usage: readonly UsageRow[];
  readonly source: readonly SourceRow[];
  readonly set_aside: readonly Row<{ key: string }>[];
}

export const tableNames = ['rse', 'rse_attribute', 'rse_protocol', 'rse_usage', 'file', 'replica', 'collection', 'content_file', 'content_collection', 'rule', 'source', 'set_aside'] as const satisfies readonly (keyof Tables)[];

const readers = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, BigInt], [pg.types.builtins.TIMESTAMPTZ, String], [pg.types.builtins.JSONB, parseExactly],
]);

/** Reads every table once, in one snapshot. */
export async function loadTables(databaseUrl: string): Promise<Tables> {
  const client = new pg.Client({
    connectionString: databaseUrl, options: '-c timezone=UTC -c default_transaction_isolation=repeatable\\ read', statement_timeout: 30_000,
    types: { getTypeParser: ((id: number, format?: 'text' | 'binary') => readers.get(id) ?? pg.types.getTypeParser(id, format as 'text')) as typeof pg.types.getTypeParser },
  });
  await client.connect();
  try {
    await client.query('begin');
    const tables: Record<string, unknown[]> = {};
    for (const name of tableNames) tables[name] = (await client.query(`select * from mirror.${name}`)).rows;
    return tables as unknown as Tables;
  } finally {
    await client.end();
  }
}
