import type pg from 'pg';

/** A way in which rows of the mirror can be wrong. */
export interface Damage {
  readonly what: string;
  readonly sql: string;
  /** How a report names it. */
  readonly lines: RegExp;
}

/** Names of files that the damages need. */
export async function namesForDamages(mirror: pg.ClientBase): Promise<string[]> {
  const answer = await mirror.query<{ name: string }>(`select name from mirror.file where obs_id is not null and start_time is not null and metadata ? 'obs_id' order by name limit 8`);
  return answer.rows.map(({ name }) => name);
}

/** One of each kind. `names` are those of eight files with a number of an observation and a start; `invented` is one that Rucio does not have. */
export function damagesOf(names: readonly string[], invented = '/no such\tfile'): Damage[] {
  /** The n-th file by name, of those with a number of an observation. */
  const file = (n: number) => `(select id from mirror.file where name = '${names[n]!}')`;
  const replica = (n: number) => `(select file_id, rse_id from mirror.replica where file_id = ${file(n)} order by rse_id limit 1)`;
  return [
    { what: 'a changed size', sql: `update mirror.file set bytes = bytes + 1 where id = ${file(0)}`, lines: new RegExp(`${names[0]!}\n    bytes: \\d+ in Rucio, \\d+ in the mirror\n`) },
    { what: 'a metadata value', sql: `update mirror.file set metadata = metadata || '{"obs_id": 9007199254740993, "odd": "a\\nb"}' where id = ${file(1)}`,
      lines: new RegExp(`${names[1]!}\n    metadata\\.obs_id: \\d+ in Rucio, 9007199254740993 in the mirror\n    metadata\\.odd: none in Rucio, "a\\\\nb" in the mirror\n`) },
    { what: 'a column of the registry', sql: `update mirror.file set obs_id = 77, start_time = null, key_conflicts = '{obs_id}' where id = ${file(2)}`,
      lines: new RegExp(`${names[2]!}\n    obs_id: \\d+ by its metadata, 77 in the mirror\n    start_time: \\S+ \\S+ by its metadata, none in the mirror\n    key_conflicts: none by its metadata, {obs_id} in the mirror\n`) },
    { what: 'a missing file', sql: `delete from mirror.file where id = ${file(3)}`, lines: new RegExp(`${names[3]!}: missing in the mirror\n`) },
    { what: 'an invented file', sql: `insert into mirror.file (scope, name, account, bytes, created_at, updated_at) values ('acada', '${invented}', 'root', 5, now() - interval '1 day', now() - interval '1 day')`,
      lines: new RegExp(`${invented.replace('\t', '\\\\t')}"?: in the mirror, not in Rucio\n`) },
    { what: 'a state of a replica', sql: `update mirror.replica set state = 'BAD' where (file_id, rse_id) in ${replica(4)}`,
      lines: new RegExp(`${names[4]!} at \\S+\n    state: [A-Z_]+ in Rucio, BAD in the mirror\n`) },
    { what: 'a missing replica', sql: `delete from mirror.replica where file_id = ${file(5)}`, lines: new RegExp(`${names[5]!} at \\S+: missing in the mirror\n`) },
    { what: 'a missing content', sql: `delete from mirror.content_file where file_id = ${file(6)}`, lines: new RegExp(`${names[6]!} in acada:\\S+: missing in the mirror\n`) },
    { what: 'an invented content', sql: `insert into mirror.content_collection select c.id, c.id from mirror.collection c order by name limit 1`, lines: /in acada:\S+: in the mirror, not in Rucio\n/ },
    { what: 'a collection', sql: `update mirror.collection set is_open = not is_open, did_type = 'DATASET' where id = (select id from mirror.collection where did_type = 'CONTAINER' order by name limit 1)`,
      lines: /\n {4}did_type: CONTAINER in Rucio, DATASET in the mirror\n {4}is_open: (true|false) in Rucio/ },
    { what: 'a count of a rule', sql: `update mirror.rule set locks_ok_cnt = 99 where id = (select id from mirror.rule order by id limit 1)`, lines: /rule \S{36}\n {4}locks_ok_cnt: \d+ in Rucio, 99 in the mirror\n/ },
    { what: 'an invented rule', sql: `insert into mirror.rule select (jsonb_populate_record(r, '{"id": "00000000-0000-4000-8000-000000000001"}')).* from mirror.rule r order by id limit 1`,
      lines: /rule 00000000-0000-4000-8000-000000000001: in the mirror, not in Rucio\n/ },
    { what: 'an attribute of an RSE', sql: `update mirror.rse_attribute set value = 'nowhere' where key = 'site' and rse_id = (select id from mirror.rse where name = 'PIC')`,
      lines: /PIC site\n {4}value: \S+ in Rucio, nowhere in the mirror\n/ },
    { what: 'an RSE', sql: `update mirror.rse set facts = facts || '{"city": "Nowhere"}', deleted = true where name = 'PIC'`, lines: /PIC\n {4}deleted: false in Rucio, true in the mirror\n {4}facts\.city: \S+ in Rucio, "Nowhere" in the mirror\n/ },
    { what: 'a protocol', sql: `update mirror.rse_protocol set port = 1 where ctid = (select ctid from mirror.rse_protocol where scheme = 'http' limit 1)`, lines: / http \S+ 1: in the mirror, not in Rucio\n.* http \S+ \d{2,5}: missing in the mirror\n/ },
    { what: 'a usage', sql: `delete from mirror.rse_usage`, lines: /\nusage: \d+ rows differ\n {2}\S+ rucio: missing in the mirror\n/ },
    { what: 'a row that was set aside', sql: `insert into mirror.set_aside (source_table, key, reason) values ('replicas', '["acada", "/gone", "00000000-0000-4000-8000-000000000002"]', 'Its RSE is not in the mirror.')`,
      lines: /\nset aside: 1 row\n {2}replicas \["acada", "\/gone", "00000000-0000-4000-8000-000000000002"\]: Its RSE is not in the mirror\.\n/ },
    { what: 'a replica of no file', sql: `alter table mirror.replica drop constraint replica_file_id_fkey; update mirror.replica set file_id = 0 where (file_id, rse_id) in ${replica(7)}`,
      lines: /\nmirror\.replica: 1 row with a file_id that is not there\n/ },
  ];
}

/** Damages the mirror in all these ways, as a superuser can. */
export async function plantDamages(mirror: pg.ClientBase, damages: readonly Damage[]): Promise<void> {
  for (const { what, sql } of damages) await mirror.query(sql).catch((cause: unknown) => { throw new Error(`planting ${what}`, { cause }); });
}
