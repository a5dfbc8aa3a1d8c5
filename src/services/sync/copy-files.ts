import type pg from 'pg';
import { KEY_CONFLICTS } from '../../domain/derive-metadata.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { replicaStateByLetter } from '../../domain/replica-state.js';
import { NEXT } from '../../datasources/mirror/next-schema.js';
import { isRowFault } from '../../datasources/mirror/write-changes.js';
import { didColumns } from '../../datasources/mirror/write-dids.js';
import { keepLate, type LateRow } from '../../datasources/mirror/write-late.js';
import { columnText } from '../../datasources/mirror/write-metadata.js';
import { copyInto } from '../../datasources/mirror/write-whole.js';
import { CopyLines } from '../../datasources/postgres/copy-lines.js';
import { readCell, writeCell } from '../../datasources/postgres/copy-rows.js';
import { CopyText } from '../../datasources/postgres/copy-text.js';
import { metadataColumns, readMetadata } from './did-row.js';
import { contentColumns, fileColumns, replicaColumns, type FilePage } from './read-pages.js';

export interface CopyFilesOptions {
  readonly mirror: pg.ClientBase;
  readonly fields: readonly MetadataField[];
  /** Rows of RSEs in the next schema, by Rucio's id. */
  readonly rses: ReadonlyMap<string, number>;
}

export interface CopiedPage {
  readonly rows: number;
  /** Id of the last file. */
  readonly files: number;
}

const states: Readonly<Record<string, string>> = replicaStateByLetter;
const CHUNK_BYTES = 1024 * 1024;

const rowOf = (columns: readonly string[], line: string): Record<string, string | null> => {
  const cells = line.split('\t');
  return Object.fromEntries(columns.map((column, at) => [column, readCell(cells[at]!)]));
};

/** A file with its metadata as a change of the stream. */
function lateFile(fields: readonly MetadataField[], line: string): LateRow['row'] {
  const cells = line.split('\t');
  return { ...Object.fromEntries(didColumns.map((column) => [column, null])), ...rowOf(fileColumns, line), did_type: 'F', has_did: 'true', ...metadataColumns(fields, readCell(cells[fileColumns.length]!)) };
}

/** Finds the files that lines belong to. Both are in the same order as a rule, and the search goes along. */
class FileKeys {
  private readonly ids: number[] = [];
  /** Where the keys begin and end in the files' bytes. */
  private readonly begins: number[] = [];
  private readonly ends: number[] = [];
  private places: Map<string, number> | undefined;
  private at = 0;
  constructor(private readonly files: Buffer) {}

  /** The file whose scope and name stand there has this id; 0 has none. */
  add(begin: number, end: number, id: number): void {
    this.begins.push(begin);
    this.ends.push(end);
    this.ids.push(id);
  }

  /** Id of the file whose scope and name stand there; 0 where there is none. */
  idOf(bytes: Buffer, begin: number, end: number): number {
    const { files, begins, ends, ids } = this;
    for (let next = this.at; next < this.at + 2 && next < ids.length; next += 1) {
      if (end - begin === ends[next]! - begins[next]! && bytes.compare(files, begins[next], ends[next], begin, end) === 0) return ids[this.at = next]!;
    }
    this.places ??= new Map(ids.map((_, place) => [files.toString('latin1', begins[place], ends[place]), place]));
    const place = this.places.get(bytes.toString('latin1', begin, end));
    return place === undefined ? 0 : ids[this.at = place]!;
  }
}

/** What the lines become, some at a time. */
function* inChunks(bytes: Buffer, write: (lines: CopyLines, out: CopyText) => void): Generator<Buffer> {
  const lines = new CopyLines(bytes);
  const out = new CopyText(CHUNK_BYTES);
  while (lines.next()) {
    write(lines, out);
    if (out.isFull) yield out.take();
  }
  yield out.take();
}

/** One page on its way: what can be copied as it is, and what has to wait for the tables' keys. */
class Copy {
  readonly late: LateRow[] = [];
  rows = 0;
  private readonly keys: FileKeys;
  constructor(private readonly options: CopyFilesOptions, private readonly page: FilePage) {
    this.keys = new FileKeys(page.files);
  }

  private keep(table: string, row: LateRow['row']): void {
    this.late.push({ table, row });
    this.rows += 1;
  }

  /** The files with their metadata. Answers the id of the last. */
  async copyFiles(from: number): Promise<number> {
    const { fields, mirror } = this.options;
    const derived = [...fields.map(({ column }) => column), KEY_CONFLICTS];
    const none = derived.map(() => '\t\\N').join('');
    let id = from;
    const write = (lines: CopyLines, out: CopyText): void => {
      const account = lines.skip(lines.from, 2);
      const bytes = lines.skip(account, 1);
      const meta = lines.skip(bytes, 5);
      const text = readCell(lines.text(meta));
      const values = text === null ? null : readMetadata(fields, text);
      if (typeof values === 'string' || lines.isNull(bytes)) {
        this.keep('dids', lateFile(fields, lines.text()));
        this.keys.add(lines.from, account, 0);
        return;
      }
      id += 1;
      this.rows += 1;
      this.keys.add(lines.from, account, id);
      out.text(`${id}\t`);
      out.copy(lines.bytes, lines.from, text === null || text === 'null' ? meta : lines.to);
      let rest = text === null || text === 'null' ? '{}' : '';
      if (values) for (const column of derived) rest += `\t${writeCell(columnText(values[column]!))}`;
      else rest += none;
      out.text(`${rest}\n`);
    };
    await copyInto(mirror, `${NEXT}.file`, ['id', ...fileColumns, 'metadata', ...derived], inChunks(this.page.files, write));
    return id;
  }

  async copyReplicas(): Promise<void> {
    const { rses, mirror } = this.options;
    const write = (lines: CopyLines, out: CopyText): void => {
      const rse = lines.skip(lines.from, 2);
      const letter = lines.skip(rse, 1);
      const state = states[String.fromCharCode(lines.bytes[letter]!)];
      const file = this.keys.idOf(lines.bytes, lines.from, rse);
      const at = rses.get(lines.bytes.toString('latin1', rse, letter - 1));
      if (!file || at === undefined || state === undefined) {
        this.keep('replicas', rowOf(replicaColumns, lines.text()));
        return;
      }
      this.rows += 1;
      out.text(`${file}\t${at}\t${state}`);
      out.copy(lines.bytes, letter + 1, lines.to + 1);
    };
    await copyInto(mirror, `${NEXT}.replica`, ['file_id', 'rse_id', ...replicaColumns.slice(3)], inChunks(this.page.replicas, write));
  }

  async copyContents(): Promise<void> {
    const { mirror } = this.options;
    const lines = new CopyLines(this.page.contents);
    const links: { readonly parent: string; readonly file: number; readonly from: number; readonly to: number }[] = [];
    while (lines.next()) {
      const from = lines.skip(lines.from, 2);
      links.push({ parent: lines.text(from, lines.skip(from, 2) - 1), file: this.keys.idOf(lines.bytes, lines.from, from), from: lines.from, to: lines.to });
    }
    const collections = await this.collectionIds([...new Set(links.map(({ parent }) => parent))]);
    let text = '';
    for (const { parent, file, from, to } of links) {
      const collection = collections.get(parent);
      if (collection === undefined || !file) this.keep('contents', rowOf(contentColumns, lines.text(from, to)));
      else {
        text += `${collection}\t${file}\n`;
        this.rows += 1;
      }
    }
    if (text) await copyInto(mirror, `${NEXT}.content_file`, ['collection_id', 'file_id'], [text]);
  }

  /** Some row is not as the mirror's tables want it: all wait, and are then taken in as the stream's are, with that row set aside. */
  keepAll(): void {
    const { fields } = this.options;
    const each = (bytes: Buffer, keep: (line: string) => void) => { for (const lines = new CopyLines(bytes); lines.next();) keep(lines.text()); };
    each(this.page.files, (line) => { this.keep('dids', lateFile(fields, line)); });
    each(this.page.replicas, (line) => { this.keep('replicas', rowOf(replicaColumns, line)); });
    each(this.page.contents, (line) => { this.keep('contents', rowOf(contentColumns, line)); });
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

/** Copies a page of files with their metadata, copies and parents into the next schema, inside the caller's transaction. Ids are those after `from`. */
export async function copyFilePage(options: CopyFilesOptions, page: FilePage, from: number): Promise<CopiedPage> {
  const { mirror } = options;
  await mirror.query('savepoint page');
  let copy = new Copy(options, page);
  let files = from;
  try {
    files = await copy.copyFiles(from);
    await copy.copyReplicas();
    await copy.copyContents();
  } catch (error) {
    if (!isRowFault(error)) throw error;
    await mirror.query('rollback to page');
    copy = new Copy(options, page);
    files = from;
    copy.keepAll();
  }
  await mirror.query('release page');
  await keepLate(mirror, copy.late);
  return { rows: copy.rows, files };
}
