/** One of Rucio's tables and how its rows get into the mirror. Rows of a change carry Rucio's own texts, column by column. */
export interface WriteTable {
  /** Rucio's name of the table. */
  readonly name: string;
  /** Schema of the mirror's tables that are written. */
  readonly schema: string;
  readonly key: readonly string[];
  /** Columns that the mirror needs, the key among them. */
  readonly columns: readonly string[];
  /** Statement that takes in all rows of the relation `change`; rows that do not fit are set aside. */
  upsert(change: string): string;
  /** Statement that removes what the keys in the relation `change` name. */
  remove(change: string): string;
}

/** Column list of a change relation. All is text, as in the source; compared by bytes. `unchanged` names columns that were not sent. */
export function changeColumns(columns: readonly string[]): string {
  return [...columns.map((column) => `"${column}" text collate "C"`), 'unchanged text[]'].join(', ');
}

/** A change relation made of the JSON array in the statement's first parameter. */
export function jsonChange(columns: readonly string[]): string {
  return `select * from json_to_recordset($1::json) as r (${changeColumns(columns)})`;
}

/** Rucio keeps UTC without a zone. */
export const utc = (column: string) => `(${column}::timestamp at time zone 'UTC')`;

/** Key of a row as set_aside keeps it. */
export const keyText = (key: readonly string[], alias: string) =>
  `json_build_array(${key.map((column) => `${alias}."${column}"`).join(', ')})::text`;

/** Maps Rucio's letters to an enum's words; null for an unknown letter. */
export function words(expression: string, map: Readonly<Record<string, string>>): string {
  return `case ${expression} ${Object.entries(map).map(([letter, word]) => `when '${letter}' then '${word}'`).join(' ')} end`;
}

/** The end of every upsert statement: from the relation `judged` (change, reason, waits_for), clears or keeps what is set aside. */
export function settle(schema: string, table: string, key: readonly string[]): string {
  return `cleared as (
      delete from ${schema}.set_aside a using judged j
      where j.reason is null and a.source_table = '${table}' and a.key = ${keyText(key, 'j')}
    )
    insert into ${schema}.set_aside as a (source_table, key, reason, waits_for, "row")
    select '${table}', ${keyText(key, 'j')}, j.reason, array_remove(j.waits_for, null), to_json(j)::text from judged j where j.reason is not null
    on conflict (source_table, key) do update
      set reason = excluded.reason, waits_for = excluded.waits_for, "row" = excluded."row", seen_at = now()
      where (a.reason, a.waits_for, a."row") is distinct from (excluded.reason, excluded.waits_for, excluded."row")`;
}

/** The end of every remove statement. */
export function forget(schema: string, table: string, key: readonly string[]): string {
  return `delete from ${schema}.set_aside a using change c where a.source_table = '${table}' and a.key = ${keyText(key, 'c')}`;
}

/**
 * The middle of every upsert statement but the DIDs': updates the rows that are there and differ, and inserts those that are not there. What is
 * as it was is not even locked, as `on conflict` would; sync is the only writer, so nothing comes in between. `key` and `values` are SQL over
 * the relation `judged` as j, by column; those in `kept` keep their value where the source did not send one.
 */
export function put(target: string, key: Readonly<Record<string, string>>, values: Readonly<Record<string, string>>, kept: readonly string[] = []): string {
  const columns = Object.keys(values);
  const list = columns.map((column) => `"${column}"`).join(', ');
  const same = Object.entries(key).map(([column, value]) => `t."${column}" = ${value}`).join(' and ');
  const next = columns.map((column) => (kept.includes(column) ? `case when '${column}' = any (j.unchanged) then t."${column}" else ${values[column]} end` : values[column]!));
  return `changed as (
      update ${target} t set ${columns.map((column, at) => `"${column}" = ${next[at]}`).join(', ')}
      from judged j
      where j.reason is null and ${same} and (${columns.map((column) => `t."${column}"`).join(', ')}) is distinct from (${next.join(', ')})
    ),
    added as (
      insert into ${target} (${Object.keys(key).map((column) => `"${column}"`).join(', ')}, ${list})
      select ${[...Object.values(key), ...Object.values(values)].join(', ')}
      from judged j
      where j.reason is null and not exists (select from ${target} t where ${same})
      order by ${Object.keys(key).map((_, at) => at + 1).join(', ')}
    )`;
}
