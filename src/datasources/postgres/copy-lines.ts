import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { destroy } from './connect.js';

const unescapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Columns of a line of COPY's text format. */
export function copyColumns(line: string): (string | null)[] {
  return line.split('\t').map((column) => {
    if (!column.includes('\\')) return column;
    return column === '\\N' ? null : column.replace(/\\(.)/gs, (_, letter: string) => unescapes[letter] ?? letter);
  });
}

/** Lines of a query's rows in COPY's text format, many at a time, as fast as they are taken. Left half-way, the connection ends. */
export async function* copyLines(client: pg.Client, query: string): AsyncGenerator<string[]> {
  const stream = client.query(copyTo(`copy (${query}) to stdout`));
  let rest: Buffer = Buffer.alloc(0);
  let whole = false;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const end = chunk.lastIndexOf(10);
      if (end < 0) rest = Buffer.concat([rest, chunk]);
      else {
        yield Buffer.concat([rest, chunk.subarray(0, end)]).toString('utf8').split('\n');
        rest = chunk.subarray(end + 1);
      }
    }
    whole = true;
  } finally {
    if (!whole) destroy(client);
  }
}
