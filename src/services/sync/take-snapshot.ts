import type pg from 'pg';
import { beginSnapshot, endSnapshot } from '../../datasources/mirror/source.js';
import { mergeStages, stageTable } from '../../datasources/mirror/write-stage.js';
import type { WriteTable } from '../../datasources/mirror/write-table.js';
import { openSnapshot, type Snapshot } from '../../datasources/rucio-db/snapshot.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { didColumns } from '../../datasources/mirror/write-dids.js';
import { metadataColumns } from './did-row.js';
import type { SyncLog } from './sync-log.js';
import type { SyncTables } from './tables.js';

const unescapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const unescape = (text: string) => (text.includes('\\') ? text.replace(/\\(.)/gs, (_, letter: string) => unescapes[letter] ?? letter) : text);
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const escape = (value: string | null | undefined) => (value == null ? '\\N' : value.replace(/[\\\n\r\t]/g, (letter) => escapes[letter]!));

/** Whole lines of a COPY in text format, many at a time. */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(10);
    if (end < 0) rest = Buffer.concat([rest, chunk]);
    else {
      yield Buffer.concat([rest, chunk.subarray(0, end)]).toString('utf8').split('\n');
      rest = chunk.subarray(end + 1);
    }
  }
}

const didQuery = `select ${didColumns.map((column) => `d.${column}`).join(', ')}, m.meta from dids d left join did_meta m on m.scope = d.scope and m.name = d.name`;

/** Rows of DIDs with their metadata, the last column, spread over the mirror's columns. */
async function* didRows(snapshot: Snapshot, table: WriteTable, fields: readonly MetadataField[]): AsyncGenerator<string> {
  const added = table.columns.slice(didColumns.length);
  for await (const page of lines(snapshot.rows(didQuery))) {
    let text = '';
    for (const line of page) {
      const cut = line.lastIndexOf('\t');
      const meta = line.slice(cut + 1);
      const columns: Readonly<Record<string, string | null>> = { ...metadataColumns(fields, meta === '\\N' ? null : unescape(meta)), has_did: 'true' };
      text += line.slice(0, cut);
      for (const column of added) text += `\t${escape(columns[column])}`;
      text += '\n';
    }
    yield text;
  }
}

/**
 * Makes the mirror equal to Rucio's database at one commit, in one transaction; what was there serves until then. A new slot keeps
 * all that is committed after it. Memory stays bounded: rows go from COPY to COPY.
 */
export async function takeSnapshot(mirror: pg.ClientBase, rucioUrl: string, slot: string, tables: SyncTables, log: SyncLog, signal?: AbortSignal): Promise<void> {
  const started = Date.now();
  await beginSnapshot(mirror);
  const snapshot = await openSnapshot(rucioUrl, slot, signal);
  try {
    await mirror.query('begin');
    let total = 0;
    for (const table of tables.mirror) {
      const isDids = table.name === 'dids';
      const query = `select ${table.columns.map((column) => `"${column}"`).join(', ')} from "${table.name}"`;
      const rows = await stageTable(mirror, table, isDids ? didRows(snapshot, table, tables.fields) : snapshot.rows(query));
      log.info({ table: table.name, rows, seconds: (Date.now() - started) / 1000 }, 'snapshot: table read');
      total += rows;
    }
    await mergeStages(mirror, tables.mirror);
    await endSnapshot(mirror, snapshot.identity, snapshot.position, snapshot.asOf);
    await mirror.query('commit');
    const seconds = (Date.now() - started) / 1000;
    log.info({ rows: total, seconds, rowsPerSecond: Math.round(total / seconds) }, 'snapshot: done');
  } finally {
    await snapshot.close();
  }
}
