import type pg from 'pg';
import { KEY_CONFLICTS } from '../../domain/derive-metadata.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { replicaStateByLetter } from '../../domain/replica-state.js';
import { NEXT } from '../../datasources/mirror/next-schema.js';
import { didColumns } from '../../datasources/mirror/write-dids.js';
import { keepLate, type LateRow } from '../../datasources/mirror/write-late.js';
import { columnText } from '../../datasources/mirror/write-metadata.js';
import { copyInto } from '../../datasources/mirror/write-whole.js';
import { copyLines, readCell, writeCell } from '../../datasources/postgres/copy-rows.js';
import { metadataColumns, readMetadata } from './did-row.js';

export interface Did { readonly scope: string; readonly name: string }

export interface CopyFilesOptions {
  /** Connection to Rucio's database, in a transaction that sees one state, with Rucio's schema as its path. */
  readonly source: pg.Client;
  readonly mirror: pg.ClientBase;
  readonly fields: readonly MetadataField[];
  /** Rows of RSEs in the next schema, by Rucio's id. */
  readonly rses: ReadonlyMap<string, number>;
}

export interface FilePage {
  /** Files are those after this one, in the source's order; null begins. */
  readonly after: Did | null;
  readonly size: number;
  /** Ids of files given so far. */
  readonly files: number;
}

export interface CopiedPage {
  /** Last file of the page; null where there are no more. */
  readonly last: Did | null;
  readonly rows: number;
  readonly files: number;
}

const states: Readonly<Record<string, string>> = replicaStateByLetter;
const fileColumns = ['scope', 'name', 'account', 'bytes', 'adler32', 'md5', 'created_at', 'updated_at'];
const replicaColumns = ['scope', 'name', 'rse_id', 'state', 'bytes', 'adler32', 'path', 'created_at', 'updated_at'];
const contentColumns = ['scope', 'name', 'child_scope', 'child_name', 'child_type'];
const BYTES = fileColumns.indexOf('bytes');

/** Where the cell ends that has so many before it. */
function endOf(line: string, cells: number): number {
  let at = -1;
  for (let cell = 0; cell <= cells; cell += 1) at = line.indexOf('\t', at + 1);
  return at;
}

const rowOf = (columns: readonly string[], line: string): Record<string, string | null> => {
  const cells = line.split('\t');
  return Object.fromEntries(columns.map((column, at) => [column, readCell(cells[at]!)]));
};

const chunkOf = (rows: number, text: string): AsyncIterable<string> | null => (rows ? (async function* () { yield text; })() : null);

/** Rows of one page on their way: what can be copied as it is, and what has to wait for the tables' keys. */
class Page {
  readonly late: LateRow[] = [];
  /** Ids of the page's files, by scope and name as COPY writes them. */
  readonly ids = new Map<string, number>();
  rows = 0;
  constructor(private readonly options: CopyFilesOptions, private readonly range: (scope: string, name: string) => string) {}

  private lines(columns: readonly string[], table: string, scope = 'scope', name = 'name', extra = ''): AsyncGenerator<string[]> {
    return copyLines(this.options.source, `select ${columns.join(', ')} from ${table} where ${this.range(scope, name)}${extra}`);
  }

  private keep(table: string, row: LateRow['row']): void {
    this.late.push({ table, row });
    this.rows += 1;
  }

  /** The files, with the metadata that come for them; `files` are lines of fileColumns by key. */
  async copyFiles(files: Map<string, string>, from: number): Promise<number> {
    const { mirror, fields } = this.options;
    const derived = [...fields.map(({ column }) => column), KEY_CONFLICTS];
    const none = derived.map(() => '\t\\N').join('');
    let id = from;
    const fileLine = (key: string, line: string, meta: string | null): string => {
      const text = meta === null ? null : readCell(meta);
      const values = text === null ? null : readMetadata(fields, text);
      if (typeof values === 'string' || line.slice(endOf(line, BYTES - 1) + 1, endOf(line, BYTES)) === '\\N') {
        const { bytes, ...row } = rowOf(fileColumns, line);
        this.keep('dids', { ...Object.fromEntries(didColumns.map((column) => [column, null])), ...row, bytes: bytes ?? null, did_type: 'F', has_did: 'true', ...metadataColumns(fields, text) });
        return '';
      }
      id += 1;
      this.rows += 1;
      this.ids.set(key, id);
      if (!values) return `${id}\t${line}\t{}${none}\n`;
      let out = `${id}\t${line}\t${text === 'null' ? '{}' : meta}`;
      for (const column of derived) out += `\t${writeCell(columnText(values[column]!))}`;
      return `${out}\n`;
    };
    const ranged = (columns: readonly string[], table: string) => this.lines(columns, table);
    await copyInto(mirror, `${NEXT}.file`, ['id', ...fileColumns, 'metadata', ...derived], (async function* () {
      for await (const page of ranged(['scope', 'name', 'meta'], 'did_meta')) {
        let text = '';
        for (const line of page) {
          const cut = endOf(line, 1);
          const key = line.slice(0, cut);
          const file = files.get(key);
          if (file === undefined) continue; // a collection's
          files.delete(key);
          text += fileLine(key, file, line.slice(cut + 1));
        }
        yield text;
      }
      let text = '';
      for (const [key, line] of files) text += fileLine(key, line, null);
      yield text;
    })());
    return id;
  }

  async copyReplicas(): Promise<void> {
    const ranged = this.lines(replicaColumns, 'replicas');
    const text = async function* (page: Page) {
      for await (const lines of ranged) {
        let out = '';
        for (const line of lines) {
          const name = endOf(line, 1);
          const rse = line.indexOf('\t', name + 1);
          const state = states[line[rse + 1]!];
          const file = page.ids.get(line.slice(0, name));
          const at = page.options.rses.get(line.slice(name + 1, rse));
          if (file === undefined || at === undefined || state === undefined) page.keep('replicas', rowOf(replicaColumns, line));
          else {
            out += `${file}\t${at}\t${state}${line.slice(rse + 2)}\n`;
            page.rows += 1;
          }
        }
        yield out;
      }
    };
    await copyInto(this.options.mirror, `${NEXT}.replica`, ['file_id', 'rse_id', ...replicaColumns.slice(3)], text(this));
  }

  /** What the page's DIDs are in. */
  async copyContents(): Promise<void> {
    const links: { readonly parent: string; readonly child: string; readonly isFile: boolean; readonly line: string }[] = [];
    for await (const lines of this.lines(contentColumns, 'contents', 'child_scope', 'child_name')) {
      for (const line of lines) {
        const parent = endOf(line, 1);
        const child = endOf(line, 3);
        links.push({ parent: line.slice(0, parent), child: line.slice(parent + 1, child), isFile: line.slice(child + 1) === 'F', line });
      }
    }
    const collections = await this.collectionIds([...new Set(links.flatMap(({ parent, child, isFile }) => (isFile ? [parent] : [parent, child])))]);
    const texts = { file: '', collection: '' };
    const counts = { file: 0, collection: 0 };
    for (const { parent, child, isFile, line } of links) {
      const [to, kind] = isFile ? [this.ids.get(child), 'file' as const] : [collections.get(child), 'collection' as const];
      const from = collections.get(parent);
      if (from === undefined || to === undefined) this.keep('contents', rowOf(contentColumns, line));
      else {
        texts[kind] += `${from}\t${to}\n`;
        counts[kind] += 1;
        this.rows += 1;
      }
    }
    const rows = { file: chunkOf(counts.file, texts.file), collection: chunkOf(counts.collection, texts.collection) };
    if (rows.file) await copyInto(this.options.mirror, `${NEXT}.content_file`, ['collection_id', 'file_id'], rows.file);
    if (rows.collection) await copyInto(this.options.mirror, `${NEXT}.content_collection`, ['collection_id', 'child_id'], rows.collection);
  }

  /** Ids of collections, by scope and name as COPY writes them. */
  private async collectionIds(keys: readonly string[]): Promise<Map<string, string>> {
    const names = keys.map((key) => key.split('\t').map((cell) => readCell(cell)));
    const answer = await this.options.mirror.query<{ id: string; at: string }>(
      `select k.id::text, u.at::text from unnest($1::text[], $2::text[]) with ordinality u (scope, name, at) join ${NEXT}.collection k on k.scope = u.scope and k.name = u.name`,
      [names.map(([scope]) => scope), names.map(([, name]) => name)]);
    return new Map(answer.rows.map(({ id, at }) => [keys[Number(at) - 1]!, id]));
  }
}

/** Condition for the DIDs after the one and up to the other, null where there is no bound; the columns that hold scope and name are the condition's own. */
function between(after: Did | null, last: Did | null, escape: (text: string) => string): (scope: string, name: string) => string {
  if (!last) return (scope, name) => (after ? `(${scope}, ${name}) > (${escape(after.scope)}, ${escape(after.name)})` : 'true');
  const [to, until] = [escape(last.scope), escape(last.name)];
  if (!after) return (scope, name) => `(${scope} < ${to} or ${scope} = ${to} and ${name} <= ${until})`;
  const [from, behind] = [escape(after.scope), escape(after.name)];
  // Not by an upper bound on the row of both: Postgres does not stop at it, and reads each page to the end of the scope.
  return after.scope === last.scope ? (scope, name) => `${scope} = ${to} and ${name} > ${behind} and ${name} <= ${until}`
    : (scope, name) => `(${scope} = ${from} and ${name} > ${behind} or ${scope} > ${from} and ${scope} < ${to} or ${scope} = ${to} and ${name} <= ${until})`;
}

/**
 * Copies a page of files with their metadata, copies and parents from Rucio's database into the next schema, inside the caller's
 * transactions on both sides. Memory is bounded by the page. The last page takes all that is left of the order, so that nothing falls
 * between two pages.
 */
export async function copyFilePage(options: CopyFilesOptions, { after, size, files: from }: FilePage): Promise<CopiedPage> {
  const { source, mirror } = options;
  const escape = (text: string) => source.escapeLiteral(text);
  const beyond = between(after, null, escape)('scope', 'name');
  const files = new Map<string, string>();
  let key = '';
  for await (const lines of copyLines(source, `select ${fileColumns.join(', ')} from dids where did_type = 'F' and ${beyond} order by scope, name limit ${size}`)) {
    for (const line of lines) {
      key = line.slice(0, endOf(line, 1));
      files.set(key, line);
    }
  }
  const isLast = files.size < size;
  const [scope, name] = key.split('\t').map((cell) => readCell(cell));
  const last = isLast ? null : { scope: scope!, name: name! };
  const page = new Page(options, between(after, last, escape));
  const ids = await page.copyFiles(files, from);
  await page.copyReplicas();
  await page.copyContents();
  await keepLate(mirror, page.late);
  return { last, rows: page.rows, files: ids };
}
