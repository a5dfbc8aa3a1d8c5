import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'lossless-json';
import type pg from 'pg';
import { repository } from '../../dev/repository.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import { deriveMetadata } from '../../src/domain/derive-metadata.js';
import type { MetadataField } from '../../src/domain/metadata-field.js';
import { fieldValues } from './field-values.js';
import { connect } from './connect.js';
import { dropIndexes, fitSchema } from './fit-schema.js';
import type { MirrorPlan } from './plan.js';

const OBSERVATIONS_A_BATCH = 100;
const WRITERS = 2;

const source = (name: string) => readFileSync(path.join(repository, 'bench', 'mirror', name), 'utf8');

/** Changes when anything does that the rows are made from; indexes and tables are compared one by one (fit-schema.ts). */
function digestOf({ files, fields }: MirrorPlan): string {
  const hash = createHash('sha256').update(JSON.stringify([files, fieldValues, fields.map(({ name, column, type, key, aliases, when }) => [name, column, type, key, aliases, when])]));
  for (const name of ['observations.sql', 'archive.sql', 'files.sql']) hash.update(source(name));
  return hash.digest('hex');
}

/** How far the mirror has been made, if it is of this digest. */
async function phaseOf(client: pg.ClientBase, digest: string): Promise<string | undefined> {
  const { rows: [found] } = await client.query<{ there: boolean }>(`select to_regclass('bench.state') is not null as there`);
  if (!found?.there) return undefined;
  const { rows } = await client.query<{ phase: string }>('select phase from bench.state where digest = $1', [digest]);
  return rows[0]?.phase;
}

/** Writes the batches that have not been written yet, some at a time; a batch and the note of it are one transaction. */
async function writeFiles({ url, files, fields, report, signal }: MirrorPlan): Promise<void> {
  const known = fields.filter(({ name }) => name in fieldValues);
  const sql = source('files.sql')
    .replace(/(?<!:):columns/, known.map(({ column }) => `"${column}"`).join(', '))
    .replace(/(?<!:):values/, known.map(({ name }) => fieldValues[name]).join(',\n    '));
  const control = await connect(url);
  const { rows: batches } = await control.query<{ first: number; last: number }>(
    `select first::int, (first + $1 - 1)::int as last from generate_series(1, (select max(k) from bench.observation), $1) as first
     where first not in (select first from bench.batch) order by 1`, [OBSERVATIONS_A_BATCH]).finally(() => control.end());
  const total = batches.length;
  const start = performance.now();
  const write = async () => {
    const client = await connect(url);
    try {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        signal.throwIfAborted();
        await client.query('begin');
        await client.query(sql, [batch.first, batch.last]);
        await client.query('insert into bench.batch values ($1)', [batch.first]);
        await client.query('commit');
        const done = total - batches.length;
        report(`${done} of ${total} batches of the ${files} files, ${((performance.now() - start) / 1000).toFixed(0)} s`);
      }
    } finally {
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

/** Compares a sample of rows with what dipper itself derives from their metadata. */
async function checkFields(client: pg.ClientBase, fields: readonly MetadataField[]): Promise<void> {
  const shown = fields.map(({ column, type }) => (type === 'DateTime'
    ? `rtrim(rtrim(to_char("${column}" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z' as "${column}"` : `"${column}"`)).join(', ');
  const { rows } = await client.query<Record<string, unknown>>(`select metadata::text, ${shown} from mirror.file where id % greatest((select max(id) from mirror.file) / 5000, 1) = 0`);
  for (const { metadata, ...columns } of rows) {
    const derived: Record<string, unknown> = deriveMetadata(fields, parse(metadata as string) as Record<string, unknown>);
    const wanted = Object.fromEntries(fields.map(({ column }) => [column, derived[column]]));
    if (JSON.stringify(columns) !== JSON.stringify(wanted)) {
      throw new Error(`The generated columns are not those of the metadata:\n${JSON.stringify(columns)}\n${JSON.stringify(wanted)}\n${String(metadata)}`);
    }
  }
}

async function makeTables(client: pg.ClientBase, { url, files, fields, report, signal }: MirrorPlan, digest: string): Promise<void> {
  report('The tables are made.');
  await client.query('drop schema if exists bench cascade; drop schema if exists mirror cascade; drop schema if exists dipper cascade');
  await migrate(url, fields, { signal });
  await client.query(`create schema bench; create table bench.batch (first int primary key)`);
  await client.query(source('observations.sql').replaceAll(/(?<!:):files\b/g, String(files)));
  await client.query(`begin; ${source('archive.sql')}; commit`);
  await dropIndexes(client);
  await client.query(`create table bench.state as select $1::text as digest, 'files' as phase`, [digest]);
}

/**
 * Makes the mirror of an archive of so many files, through dipper's own migrations and registry, or keeps the one that is there and
 * was made from the same, with its indexes brought up to date. Goes on where it was interrupted.
 */
export async function makeMirror(plan: MirrorPlan): Promise<void> {
  const { url, files, fields, report } = plan;
  const digest = digestOf(plan);
  const client = await connect(url);
  try {
    for (;;) {
      const phase = await phaseOf(client, digest);
      if (phase === undefined) await makeTables(client, plan, digest);
      if (phase === undefined || phase === 'files') {
        await writeFiles(plan);
        await client.query(`select setval(pg_get_serial_sequence('mirror.file', 'id'), $1)`, [files]);
        await client.query('vacuum (analyze) mirror.file, mirror.replica, mirror.content_file, mirror.collection, mirror.rule');
        await checkFields(client, fields);
        await client.query(`update bench.state set phase = 'indexes'`);
      }
      if (await fitSchema(client, plan)) return;
      report('The tables have changed since: the mirror is made anew.');
      await client.query('drop table bench.state');
    }
  } finally {
    await client.end();
  }
}
