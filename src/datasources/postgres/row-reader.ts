import type pg from 'pg';
import type { RowKind } from '../../domain/row-kind.js';
import { copyLines } from './copy-lines.js';
import { allRowsSql, someRowsSql, type RowOrigin } from './row-query.js';

/** A row as texts, the kind's columns in their order. */
export type Row = readonly (string | null)[];

/** The rows of one database, Rucio's or the mirror's, in words that both share. */
export interface RowReader {
  /** All rows by the bytes of their keys, as lines of COPY, many at a time. Left half-way, the connection ends. */
  all(kind: RowKind): AsyncGenerator<string[]>;
  /** Rows whose columns `by` have one of these values. */
  some(kind: RowKind, by: readonly string[], values: readonly Row[]): Promise<Row[]>;
}

/** `stream` is for the long reads, `asks` for the short ones, which may come while a long one waits. */
export function createRowReader(origins: Readonly<Record<RowKind, readonly RowOrigin[]>>, { stream, asks }: { stream: pg.Client; asks: pg.Client }): RowReader {
  return {
    all: (kind) => copyLines(stream, allRowsSql(kind, origins[kind])),
    async some(kind, by, values) {
      if (!values.length) return [];
      const keys = values.map((row) => Object.fromEntries(by.map((column, at) => [column, row[at]])));
      const answer = await asks.query<(string | null)[]>({ text: someRowsSql(kind, origins[kind], by), values: [JSON.stringify(keys)], rowMode: 'array' });
      return answer.rows;
    },
  };
}
