import type pg from 'pg';
import type { RowKind } from '../../domain/row-kind.js';
import { copyLines } from './copy-rows.js';
import { allRowsSql, someRowsSql, type RowOrigin } from './row-query.js';

/** A row as texts, the kind's columns in their order. */
export type Row = readonly (string | null)[];
export type RowOrigins = Readonly<Record<RowKind, readonly RowOrigin[]>>;

/** Some rows of one database, Rucio's or the mirror's, in words that both share. */
export interface ReadSome {
  /** Rows whose columns `by` have one of these values. */
  some(kind: RowKind, by: readonly string[], values: readonly Row[]): Promise<Row[]>;
}

export interface RowReader extends ReadSome {
  /** All rows by the bytes of their keys, as lines of COPY, many at a time. Left half-way, the connection ends. */
  all(kind: RowKind): AsyncGenerator<string[]>;
}

export function readSome(origins: RowOrigins, client: pg.ClientBase): ReadSome {
  return {
    async some(kind, by, values) {
      if (!values.length) return [];
      const keys = values.map((row) => Object.fromEntries(by.map((column, at) => [column, row[at]])));
      const answer = await client.query<(string | null)[]>({ text: someRowsSql(kind, origins[kind], by), values: [JSON.stringify(keys)], rowMode: 'array' });
      return answer.rows;
    },
  };
}

/** `stream` is for the long reads, `asks` for the short ones, which may come while a long one waits. */
export function createRowReader(origins: RowOrigins, { stream, asks }: { stream: pg.Client; asks: pg.ClientBase }): RowReader {
  return { ...readSome(origins, asks), all: (kind) => copyLines(stream, allRowsSql(kind, origins[kind])) };
}
