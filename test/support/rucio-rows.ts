import type pg from 'pg';

/** Rows straight in Rucio's tables, as Rucio writes them, where it is not Rucio's own checks that are looked at. */
export class RucioRows {
  constructor(private readonly client: pg.Client, readonly scope: string) {}

  async rse(id: string, name: string): Promise<void> {
    await this.client.query(`
      insert into rucio.rses (id, rse, rse_type, deterministic, volatile, staging_area, availability_read, availability_write, availability_delete, deleted, created_at, updated_at)
      values ($1, $2, 'DISK', true, false, false, true, true, true, false, now(), now())`, [id, name]);
  }

  /** `metadata` is JSON text; no row of metadata where it is left out. */
  async did(name: string, { type = 'F', bytes = type === 'F' ? 5 : null, metadata }: { type?: string; bytes?: number | null; metadata?: string } = {}): Promise<void> {
    await this.client.query(
      `insert into rucio.dids (scope, name, account, did_type, availability, bytes, is_open, created_at, updated_at) values ($1, $2, 'root', $3, 'A', $4, $5, now(), now())`,
      [this.scope, name, type, bytes, type === 'F' ? null : true]);
    if (metadata !== undefined) await this.client.query('insert into rucio.did_meta (scope, name, meta, created_at, updated_at) values ($1, $2, $3, now(), now())', [this.scope, name, metadata]);
  }

  async metadata(name: string, metadata: string): Promise<void> {
    await this.client.query('update rucio.did_meta set meta = $3, updated_at = now() where scope = $1 and name = $2', [this.scope, name, metadata]);
  }

  async replica(name: string, rseId: string, { state = 'A', bytes = 5 }: { state?: string; bytes?: number | null } = {}): Promise<void> {
    await this.client.query(
      `insert into rucio.replicas (rse_id, scope, name, bytes, state, created_at, updated_at) values ($1, $2, $3, $5, $4, now(), now())`, [rseId, this.scope, name, state, bytes]);
  }

  async content(name: string, child: string): Promise<void> {
    await this.client.query(
      `insert into rucio.contents (scope, name, child_scope, child_name, did_type, child_type, created_at, updated_at) values ($1, $2, $1, $3, 'D', 'F', now(), now())`, [this.scope, name, child]);
  }

  async rule(id: string, name: string, state = 'O'): Promise<void> {
    await this.client.query(`
      insert into rucio.rules (id, account, scope, name, did_type, state, rse_expression, copies, grouping, notification, purge_replicas, ignore_availability, ignore_account_limit, split_container, locked, created_at, updated_at)
      values ($1, 'root', $2, $3, 'D', $4, 'A', 1, 'D', 'N', false, false, false, false, false, now(), now())`, [id, this.scope, name, state]);
  }

  /** Takes the tables' foreign keys away, and the check of copies' sizes, and lets their states have a letter that Rucio does not know. */
  async loosen(): Promise<void> {
    const keys = await this.client.query<{ sql: string }>(`
      select format('alter table %s drop constraint %I', conrelid::regclass, conname) as sql from pg_constraint
      where contype = 'f' and conrelid = any (array['rucio.dids', 'rucio.did_meta', 'rucio.replicas', 'rucio.contents', 'rucio.rules']::regclass[])`);
    const types = await this.client.query<{ sql: string }>(`
      select distinct format('alter type %s add value ''?''', atttypid::regtype) as sql from pg_attribute
      where attrelid = any (array['rucio.replicas', 'rucio.rules']::regclass[]) and attname = 'state'`);
    await this.client.query('alter table rucio.replicas alter column bytes drop not null, drop constraint if exists "REPLICAS_SIZE_NN"');
    for (const { sql } of [...keys.rows, ...types.rows]) await this.client.query(sql);
  }
}
