import type pg from 'pg';
import { LONGEST_LIVE_CACHE_SECONDS } from '../../domain/live-cache.js';
import { didTag, lostRuleTag, rsesTag, type ChangeTag } from './change-tag.js';
import type { ChangeRow, ChangeSet } from './write-changes.js';

/** Of more than this many at once it is not worth while to note each. */
const MAX_DIDS = 2_000;
const PRUNE_EVERY = 8;
const PRUNE_SLICES = 64n;

const didTables = ['dids', 'replicas', 'rules', 'contents'];
const rseTables = ['rses', 'rse_attr_map', 'rse_protocols'];

/**
 * Notes what a set of changes touches, so that no answer of Rucio that was kept before is used after. Belongs into the transaction that
 * brings the changes, and before they are written. `position` is the commit's; null where it is not known yet.
 */
export async function recordChanges(client: pg.ClientBase, changes: ChangeSet, position: string | null): Promise<void> {
  const dids = new Set<string>();
  for (const table of didTables) {
    for (const row of rowsOf(changes, table)) {
      if (row['scope'] !== undefined) dids.add(`${String(row['scope'])}:${String(row['name'])}`);
      if (row['child_scope'] !== undefined) dids.add(`${String(row['child_scope'])}:${String(row['child_name'])}`);
    }
  }
  const removedRules = changes.get('rules')?.removes.map((row) => String(row['id'])) ?? [];
  const rses = rseTables.some((table) => rowsOf(changes, table).length > 0);
  if (dids.size + removedRules.length === 0 && !rses) return;
  if (position === null || dids.size + removedRules.length > MAX_DIDS) return recordEverything(client);

  const tags = new Set([...dids].map(didTag));
  if (rses) tags.add(rsesTag);
  if (removedRules.length > 0) for (const tag of await tagsOfRules(client, removedRules)) tags.add(tag);
  await client.query(`
    insert into mirror.change (tag, position, changed_at) select tag, $2, clock_timestamp() from unnest($1::bigint[]) tag order by tag
    on conflict (tag) do update set position = excluded.position, changed_at = excluded.changed_at`, [[...tags], position]);
  await prune(client);
}

/** Begins a new era: no answer of Rucio that was kept before is used after. Belongs into the transaction that brings the changes. */
export async function recordEverything(client: pg.ClientBase): Promise<void> {
  await client.query('update mirror.era set era = gen_random_uuid(), since = clock_timestamp()');
}

function rowsOf(changes: ChangeSet, table: string): readonly ChangeRow[] {
  const { upserts = [], removes = [] } = changes.get(table) ?? {};
  return [...upserts, ...removes];
}

/** Rucio tells of a rule that is gone only its id. */
async function tagsOfRules(client: pg.ClientBase, ids: readonly string[]): Promise<ChangeTag[]> {
  const known = await client.query<{ scope: string; name: string }>('select scope, name from mirror.rule where id = any($1::uuid[])', [ids]);
  const tags = known.rows.map(({ scope, name }) => didTag(`${scope}:${name}`));
  return known.rows.length < ids.length ? [...tags, lostRuleTag] : tags;
}

let calls = 0;

/** Deletes what no kept answer can be older than, a slice of the tags at a time, which are spread evenly. */
async function prune(client: pg.ClientBase): Promise<void> {
  calls += 1;
  if (calls % PRUNE_EVERY !== 0) return;
  const width = 2n ** 64n / PRUNE_SLICES;
  const from = -(2n ** 63n) + BigInt(calls / PRUNE_EVERY) % PRUNE_SLICES * width;
  await client.query(`delete from mirror.change where tag between $1 and $2 and changed_at < clock_timestamp() - make_interval(secs => $3)`, [from, from + width - 1n, 2 * LONGEST_LIVE_CACHE_SECONDS]);
}
