import type pg from 'pg';
import { DipperError } from '../../errors.js';
import { migrationNames } from './migrate.js';

/** What the mirror's tables were made by: the migrations that have run, and the field registry. One text for each pair. */
export async function mirrorVersion(client: pg.ClientBase): Promise<string> {
  const answer = await client.query<{ version: string }>(
    `select md5(string_agg(name || digest, ',' order by name) || (select digest from mirror.registry)) as version from dipper.migration`);
  return answer.rows[0]!.version;
}

/** Throws unless the mirror was made by these migrations and this registry. */
export async function checkVersion(client: pg.ClientBase, registry: string): Promise<void> {
  const exists = await client.query<{ there: boolean }>(`select to_regclass('mirror.registry') is not null as there`);
  const stored = exists.rows[0]!.there
    ? await client.query<{ digest: string; migrations: string[] }>('select digest, array(select name from dipper.migration) as migrations from mirror.registry') : null;
  const [found] = stored?.rows ?? [];
  if (!found) throw new DipperError('INTERNAL', 'The mirror has no tables yet: run `dipper migrate`.');
  if (migrationNames().some((name) => !found.migrations.includes(name))) throw new DipperError('INTERNAL', 'The mirror was made by an older version of dipper: run `dipper migrate`.');
  if (found.digest !== registry) throw new DipperError('INTERNAL', 'The field registry has changed since the mirror was made: run `dipper migrate`.');
}
