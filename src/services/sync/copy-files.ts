import type pg from 'pg';
import { KEY_CONFLICTS } from '../../domain/derive-metadata.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { replicaStateByLetter } from '../../domain/replica-state.js';
import { NEXT } from '../../datasources/mirror/next-schema.js';
import { didColumns } from '../../datasources/mirror/write-dids.js';
import { keepLate, type LateRow } from '../../datasources/mirror/write-late.js';
import { columnText } from '../../datasources/mirror/write-metadata.js';
import { copyInto } from '../../datasources/mirror/write-whole.js';
import { endOfCell, readCell, writeCell } from '../../datasources/postgres/copy-rows.js';
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
const CHUNK = 200;
const BYTES = fileColumns.indexOf('bytes');

/** What the lines become, some hundred at a time. */
function* inChunks(lines: readonly string[], lineOf: (line: string) => string): Generator<string> {
  for (let from = 0; from < lines.length; from += CHUNK) {
    let text = '';
    for (let at = from; at < lines.length && at < from + CHUNK; at += 1) text += lineOf(lines[at]!);
    yield text;
  }
}

const rowOf = (columns: readonly string[], line: string): Record<string, string | null> => {
  const cells = line.split('\t');
  return Object.fromEntries(columns.map((column, at) => [column, readCell(cells[at]!)]));
};

/** Scope and name, up to where the next cell begins. */
const keyOf = (line: string) => line.slice(0, endOfCell(line, 1) + 1);

/** Finds the files that lines belong to. Both are in the same order as a rule, and the search goes along. */
class FileKeys {
  /** Ids of the files; 0 has none. */
  readonly ids: number[] = [];
  private readonly keys: string[] = [];
  private places: Map<string, number> | undefined;
  private at = 0;

  add(line: string, id: number): void {
    this.keys.push(keyOf(line));
    this.ids.push(id);
  }

  /** Id of the file whose scope and name the line begins with; 0 where there is none. */
  idOf(line: string): number {
    for (let next = this.at; next < this.at + 2 && next < this.keys.length; next += 1) {
      if (line.startsWith(this.keys[next]!)) return this.ids[this.at = next]!;
    }
    this.places ??= new Map(this.keys.map((key, place) => [key, place]));
    const place = this.places.get(keyOf(line));
    return place === undefined ? 0 : this.ids[this.at = place]!;
  }
}

/** One page on its way: what can be copied as it is, and what has to wait for the tables' keys. */
class Copy {
  readonly late: LateRow[] = [];
  rows = 0;
  private readonly keys = new FileKeys();
  constructor(private readonly options: CopyFilesOptions, private readonly page: FilePage) {}

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
    const fileLine = (line: string): string => {
      const cut = line.lastIndexOf('\t');
      const text = readCell(line.slice(cut + 1));
      const values = text === null ? null : readMetadata(fields, text);
      if (typeof values === 'string' || line.startsWith('\\N\t', endOfCell(line, BYTES - 1) + 1)) {
        const { bytes, ...row } = rowOf(fileColumns, line);
        this.keep('dids', { ...Object.fromEntries(didColumns.map((column) => [column, null])), ...row, bytes: bytes ?? null, did_type: 'F', has_did: 'true', ...metadataColumns(fields, text) });
        this.keys.add(line, 0);
        return '';
      }
      id += 1;
      this.rows += 1;
      this.keys.add(line, id);
      if (!values) return `${id}\t${line.slice(0, cut)}\t{}${none}\n`;
      let out = `${id}\t${text === 'null' ? `${line.slice(0, cut)}\t{}` : line}`;
      for (const column of derived) out += `\t${writeCell(columnText(values[column]!))}`;
      return `${out}\n`;
    };
    await copyInto(mirror, `${NEXT}.file`, ['id', ...fileColumns, 'metadata', ...derived], inChunks(this.page.files, fileLine));
    return id;
  }

  async copyReplicas(): Promise<void> {
    const { rses, mirror } = this.options;
    const replicaLine = (line: string): string => {
      const name = endOfCell(line, 1);
      const rse = line.indexOf('\t', name + 1);
      const state = states[line[rse + 1]!];
      const file = this.keys.idOf(line);
      const at = rses.get(line.slice(name + 1, rse));
      if (!file || at === undefined || state === undefined) {
        this.keep('replicas', rowOf(replicaColumns, line));
        return '';
      }
      this.rows += 1;
      return `${file}\t${at}\t${state}${line.slice(rse + 2)}\n`;
    };
    await copyInto(mirror, `${NEXT}.replica`, ['file_id', 'rse_id', ...replicaColumns.slice(3)], inChunks(this.page.replicas, replicaLine));
  }

  async copyContents(): Promise<void> {
    const { mirror } = this.options;
    const links = this.page.contents.map((line) => {
      const child = endOfCell(line, 1);
      const parent = line.lastIndexOf('\t');
      return { child: line.slice(0, child), parent: line.slice(child + 1, parent), isFile: line.slice(parent + 1) === 'F', line };
    });
    const collections = await this.collectionIds([...new Set(links.flatMap(({ parent, child, isFile }) => (isFile ? [parent] : [parent, child])))]);
    const texts = { file: '', collection: '' };
    for (const { parent, child, isFile, line } of links) {
      const to = isFile ? this.keys.idOf(line) : collections.get(child);
      const from = collections.get(parent);
      if (from === undefined || !to) this.keep('contents', rowOf(contentColumns, line));
      else {
        texts[isFile ? 'file' : 'collection'] += `${from}\t${to}\n`;
        this.rows += 1;
      }
    }
    if (texts.file) await copyInto(mirror, `${NEXT}.content_file`, ['collection_id', 'file_id'], [texts.file]);
    if (texts.collection) await copyInto(mirror, `${NEXT}.content_collection`, ['collection_id', 'child_id'], [texts.collection]);
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
  const copy = new Copy(options, page);
  const files = await copy.copyFiles(from);
  await copy.copyReplicas();
  await copy.copyContents();
  await keepLate(options.mirror, copy.late);
  return { rows: copy.rows, files };
}
