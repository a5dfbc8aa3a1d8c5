import type pg from 'pg';
import type { RowKind } from '../../domain/row-kind.js';
import { connect, disconnect } from '../postgres/connect.js';
import { oneByOne } from '../postgres/one-by-one.js';
import type { Row } from '../postgres/row-reader.js';

const PAGE = 1_000;

/** Kind of the rows of each of Rucio's tables; files stand for all DIDs. */
const kinds: Readonly<Record<string, RowKind>> = {
  rses: 'rses', rse_attr_map: 'attributes', rse_protocols: 'protocols', rse_usage: 'usage',
  dids: 'files', did_meta: 'files', replicas: 'replicas', contents: 'contents', rules: 'rules',
};

/** Keys of rows that are wrong in the mirror. They are kept in the mirror's server, as long as the connection, for there may be millions. */
export class WrongRows {
  private constructor(private readonly client: pg.Client) {}

  static async open(mirrorUrl: string, signal: AbortSignal): Promise<WrongRows> {
    const client = oneByOne(await connect(mirrorUrl, { purpose: 'repair', signal, answerMs: 60_000 }));
    await client.query('create temp table wrong (id bigint generated always as identity primary key, kind text not null, key text[] not null, unique (kind, key))');
    return new WrongRows(client);
  }

  async add(kind: RowKind, keys: readonly Row[]): Promise<void> {
    if (keys.length) await this.client.query(`insert into wrong (kind, key) select $1, array(select json_array_elements_text(k)) from json_array_elements($2::json) k on conflict do nothing`, [kind, JSON.stringify(keys)]);
  }

  /** Adds all that is set aside, if it names a row: it may fit by now, or be gone. Keys that end in what fits `but` name none. */
  async addSetAside(but?: RegExp): Promise<void> {
    await this.client.query(
      `insert into wrong (kind, key) select ($1::jsonb)->>source_table, array(select json_array_elements_text(key::json)) from mirror.set_aside
       where $1::jsonb ? source_table and not coalesce(key::json ->> (json_array_length(key::json) - 1) ~ $2, false) on conflict do nothing`, [JSON.stringify(kinds), but?.source ?? null]);
  }

  async *pages(kind: RowKind): AsyncGenerator<Row[]> {
    for (let last = '0'; ; ) {
      const page = await this.client.query<{ id: string; key: (string | null)[] }>('select id, key from wrong where kind = $1 and id > $2 order by id limit $3', [kind, last, PAGE]);
      if (!page.rows.length) return;
      yield page.rows.map(({ key }) => key);
      last = page.rows.at(-1)!.id;
    }
  }

  close(): Promise<void> {
    return disconnect(this.client);
  }
}
