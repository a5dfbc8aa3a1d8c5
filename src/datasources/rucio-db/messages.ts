import { PgoutputPlugin, type Pgoutput } from 'pg-logical-replication';
import { DipperError } from '../../errors.js';
import { parseLsn, type Lsn } from './lsn.js';
import { SnapshotNeeded } from './slot.js';
import { SCHEMA, type SourceTable } from './source-table.js';

/** One changed row: texts as Postgres writes them, of the columns that are needed (of a delete, the key alone). */
export interface SourceChange {
  readonly table: string;
  readonly op: 'upsert' | 'delete';
  readonly row: Readonly<Record<string, string | null>>;
  /** Needed columns that Postgres did not send because they are stored out of line and did not change. */
  readonly unchanged: readonly string[];
}

export type SourceEvent =
  /** `commit` is where the commit's own record begins. */
  | { readonly kind: 'begin'; readonly commit: Lsn; readonly committedAt: string }
  | { readonly kind: 'change'; readonly changes: readonly SourceChange[] }
  | { readonly kind: 'commit'; readonly position: Lsn };

const isoTime = (microseconds: bigint) => new Date(Number(microseconds / 1000n)).toISOString();

/** The stream has changes of a table from a time when it lacked a column that is needed. */
export class ColumnMissing extends DipperError {}

/** Reads pgoutput's messages. Values stay texts: parsing would cost exactness (bigint, microseconds, numbers in jsonb). */
export class MessageReader {
  private readonly plugin = new PgoutputPlugin({ protoVersion: 2, publicationNames: [] });
  private readonly tables: ReadonlyMap<string, SourceTable>;

  constructor(tables: readonly SourceTable[]) {
    this.tables = new Map(tables.map((table) => [table.name, table]));
  }

  read(data: Buffer): SourceEvent | null {
    const message = this.plugin.parse(data) as Pgoutput.Message;
    switch (message.tag) {
      case 'begin':
        return { kind: 'begin', commit: parseLsn(message.commitLsn!), committedAt: isoTime(message.commitTime as bigint) };
      case 'commit':
        return { kind: 'commit', position: parseLsn(message.commitEndLsn!) };
      case 'relation':
        this.checkRelation(message);
        return null;
      case 'truncate':
        if (message.relations.some((relation) => this.table(relation))) throw new SnapshotNeeded('A table of Rucio was truncated.');
        return null;
      case 'insert':
      case 'update':
      case 'delete': {
        const table = this.table(message.relation);
        return table ? { kind: 'change', changes: changesOf(table, message) } : null;
      }
      default:
        return null;
    }
  }

  private table(relation: Pgoutput.MessageRelation): SourceTable | undefined {
    return relation.schema === SCHEMA ? this.tables.get(relation.name) : undefined;
  }

  private checkRelation(relation: Pgoutput.MessageRelation): void {
    for (const column of relation.columns) column.parser = (text: unknown) => text;
    const table = this.table(relation);
    const missing = table?.columns.filter((column) => !relation.columns.some(({ name }) => name === column)) ?? [];
    if (missing.length) {
      throw new ColumnMissing('INTERNAL', `Rucio's table ${SCHEMA}.${relation.name} has no column ${missing.join(', ')}: this version of Rucio is not one that dipper knows.`);
    }
  }
}

type Tuple = Readonly<Record<string, string | null | undefined>>;

function changesOf(table: SourceTable, message: Pgoutput.MessageInsert | Pgoutput.MessageUpdate | Pgoutput.MessageDelete): SourceChange[] {
  const remove = (tuple: Tuple): SourceChange => ({ table: table.name, op: 'delete', unchanged: [], row: Object.fromEntries(table.key.map((column) => [column, tuple[column] ?? null])) });
  const old = (message.tag === 'insert' ? null : (message.key ?? message.old)) as Tuple | null;
  if (message.tag === 'delete') return [remove(old!)];
  const tuple = message.new as Tuple;
  const row: Record<string, string | null> = {};
  const unchanged: string[] = [];
  for (const column of table.columns) {
    // A key too long to be sent twice stands in the old key.
    const value = tuple[column] === undefined && table.key.includes(column) ? old?.[column] : tuple[column];
    if (value === undefined) unchanged.push(column);
    else row[column] = value;
  }
  const moved = old !== null && table.key.some((column) => old[column] !== undefined && old[column] !== row[column]);
  const upsert: SourceChange = { table: table.name, op: 'upsert', row, unchanged };
  return moved ? [remove(old), upsert] : [upsert];
}
