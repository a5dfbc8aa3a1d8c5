import type pg from 'pg';
import { CopyLines } from '../../datasources/postgres/copy-lines.js';
import { copyAll, readCells, TooManyBytes } from '../../datasources/postgres/copy-rows.js';

export interface Did { readonly scope: string; readonly name: string }

/** Files in a range of Rucio's keys, with all that hangs on them, in COPY's text format, of the columns below, in the order of the keys. */
export interface FilePage {
  readonly files: Buffer;
  readonly replicas: Buffer;
  /** Datasets that the files are in. */
  readonly contents: Buffer;
  /** Last file of the page; null where there are no more. */
  readonly last: Did | null;
}

/** The metadata, which follow as the last column, are null where a file has none. */
export const fileColumns = ['scope', 'name', 'account', 'bytes', 'adler32', 'md5', 'created_at', 'updated_at'];
export const replicaColumns = ['scope', 'name', 'rse_id', 'state', 'bytes', 'adler32', 'path', 'created_at', 'updated_at'];
export const contentColumns = ['child_scope', 'child_name', 'scope', 'name', 'child_type'];

/** Of each kind of row on a page; what has more is read again with fewer files. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A page of a single file is taken whatever its size. */
const NO_LIMIT = Infinity;

/** Conditions for the DIDs after the one and up to the other, null where there is no bound, one after another in the order of the keys. */
function ranges(after: Did | null, last: Did | null, escape: (text: string) => string): ((scope: string, name: string) => string)[] {
  if (!last) return [(scope, name) => (after ? `(${scope}, ${name}) > (${escape(after.scope)}, ${escape(after.name)})` : 'true')];
  const [to, until] = [escape(last.scope), escape(last.name)];
  if (!after) return [(scope) => `${scope} < ${to}`, (scope, name) => `${scope} = ${to} and ${name} <= ${until}`];
  const [from, behind] = [escape(after.scope), escape(after.name)];
  // Not by an upper bound on the row of both: Postgres does not stop at it, and reads each page to the end of the scope.
  if (after.scope === last.scope) return [(scope, name) => `${scope} = ${to} and ${name} > ${behind} and ${name} <= ${until}`];
  return [
    (scope, name) => `${scope} = ${from} and ${name} > ${behind}`,
    (scope) => `${scope} > ${from} and ${scope} < ${to}`,
    (scope, name) => `${scope} = ${to} and ${name} <= ${until}`,
  ];
}

/** The last of so many files; null where there are fewer. */
function lastOf(files: Buffer, size: number): Did | null {
  const lines = new CopyLines(files);
  for (let count = 0; count < size; count += 1) if (!lines.next()) return null;
  const [scope, name] = readCells(lines.text());
  return { scope: scope!, name: name! };
}

/** The next so many files. Throws TooManyBytes, which ends the connection. */
async function readPage(source: pg.Client, after: Did | null, size: number): Promise<FilePage> {
  const escape = (text: string) => source.escapeLiteral(text);
  const most = size > 1 ? MOST_BYTES : NO_LIMIT;
  const [beyond] = ranges(after, null, escape);
  await source.query('begin');
  const files = await copyAll(source, `
    select ${fileColumns.map((column) => `d.${column}`).join(', ')}, m.meta from dids d left join did_meta m on m.scope = d.scope and m.name = d.name
    where d.did_type = 'F' and ${beyond!('d.scope', 'd.name')} order by d.scope, d.name limit ${size}`, most);
  const last = lastOf(files, size);
  const read = async (columns: readonly string[], from: string) => {
    const [theScope, theName] = columns as [string, string];
    const parts: Buffer[] = [];
    for (const range of ranges(after, last, escape)) parts.push(await copyAll(source, `select ${columns.join(', ')} from ${from} ${range(theScope, theName)} order by ${theScope}, ${theName}`, most));
    return Buffer.concat(parts);
  };
  const replicas = await read(replicaColumns, 'replicas where');
  const contents = await read(contentColumns, `contents where child_type = 'F' and`);
  await source.query('commit');
  return { files, last, replicas, contents };
}

/** Reads page after page on connections of its own. */
class PageReader {
  private source: pg.Client | undefined;
  private size: number;
  constructor(private readonly open: () => Promise<pg.Client>, private readonly most: number) {
    this.size = most;
  }

  async read(after: Did | null): Promise<FilePage> {
    for (;;) {
      try {
        const page = await readPage(this.source ??= await this.open(), after, this.size);
        if (page.files.length + page.replicas.length + page.contents.length < MOST_BYTES) this.size = Math.min(this.most, 2 * this.size);
        return page;
      } catch (error) {
        if (!(error instanceof TooManyBytes)) throw error;
        this.source = undefined;
        this.size = Math.max(1, this.size >> 2);
      }
    }
  }
}

/**
 * Reads all files of Rucio's database after the given one, at most `size` at a time, in the order of their keys. Each page is seen in one
 * state, by a transaction of its own, so that none stays open at Rucio's for long. The last page takes all that is left of the order, so
 * that nothing falls between two pages. The next page is read while the one before is worked on: two of them are held at a time. Who gives
 * `open` ends its connections.
 */
export async function* readPages(open: () => Promise<pg.Client>, after: Did | null, size: number): AsyncGenerator<FilePage> {
  const reader = new PageReader(async () => {
    const source = await open();
    // Along the keys' indexes: a page is small against its table, whatever Postgres guesses from a comparison of two columns.
    for (const way of ['seqscan', 'bitmapscan', 'sort', 'hashjoin', 'mergejoin']) await source.query(`set enable_${way} = off`);
    return source;
  }, size);
  let next: Promise<FilePage> | null = reader.read(after);
  while (next) {
    const page: FilePage = await next;
    next = page.last && reader.read(page.last);
    // Its failure is told in its turn; until then it must not count as one that nobody looks at.
    next?.catch(() => undefined);
    yield page;
  }
}
