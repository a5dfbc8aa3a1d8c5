import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { destroy } from './connect.js';

const unescapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A cell of Postgres's COPY text format as its value. */
export function readCell(cell: string): string | null {
  if (cell === '\\N') return null;
  return cell.includes('\\') ? cell.replace(/\\(.)/gs, (_, letter: string) => unescapes[letter] ?? letter) : cell;
}

/** The cells of a line as values. */
export const readCells = (line: string): (string | null)[] => line.split('\t').map(readCell);

/** A value as a cell of Postgres's COPY text format. */
export const writeCell = (value: string | null | undefined): string =>
  (value == null ? '\\N' : /[\\\n\r\t]/.test(value) ? value.replace(/[\\\n\r\t]/g, (letter) => escapes[letter]!) : value);

/** Answer of a query in COPY text format, chunk by chunk as it arrives. */
export async function* copyRows(client: pg.Client, query: string): AsyncGenerator<Buffer> {
  const stream = client.query(copyTo(`copy (${query}) to stdout`));
  let whole = false;
  try {
    for await (const chunk of stream) yield chunk as Buffer;
    whole = true;
  } finally {
    // A copy that is left half-way cannot be taken up again.
    if (!whole) destroy(client);
  }
}

/** An answer is longer than was said; its connection has ended. */
export class TooManyBytes extends Error {
  override readonly name = 'TooManyBytes';
}

/** The same, all of it at once. Throws TooManyBytes. */
export async function copyAll(client: pg.Client, query: string, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of copyRows(client, query)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) throw new TooManyBytes(`The answer has more than ${mostBytes} bytes.`);
  }
  return Buffer.concat(chunks);
}

/** The same, as whole lines, many at a time. */
export async function* copyLines(client: pg.Client, query: string): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of copyRows(client, query)) {
    const end = chunk.lastIndexOf(10);
    if (end < 0) rest = Buffer.concat([rest, chunk]);
    else {
      yield Buffer.concat([rest, chunk.subarray(0, end)]).toString('utf8').split('\n');
      rest = chunk.subarray(end + 1);
    }
  }
}
