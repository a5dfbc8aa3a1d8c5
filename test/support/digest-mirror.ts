import type pg from 'pg';
import { pairs } from './compare-mirror.js';

/** Rows of one kind on either side, and a digest of them all. */
export interface DigestPair {
  readonly rows: readonly [source: number, mirror: number];
  readonly digests: readonly [source: string, mirror: string];
}

/** A row's digest is that of its columns' texts; the digests are sorted, so that the order of rows does not count but each row does. */
async function digest(client: pg.ClientBase, query: string): Promise<{ rows: number; digest: string }> {
  const answer = await client.query<{ rows: string; digest: string }>(
    `select count(*) as rows, md5(coalesce(string_agg(one, '' order by one), '')) as digest from (select md5(t::text) collate "C" as one from (${query}) t) digests`);
  const { rows, digest: value } = answer.rows[0]!;
  return { rows: Number(rows), digest: value };
}

/** Digests of all that the mirror has of Rucio, by kind of row. Both connections must run in UTC. */
export async function digestMirror(rucio: pg.ClientBase, mirror: pg.ClientBase): Promise<Record<string, DigestPair>> {
  const all: Record<string, DigestPair> = {};
  for (const [kind, [sourceQuery, mirrorQuery]] of Object.entries(pairs)) {
    const [source, copy] = await Promise.all([digest(rucio, sourceQuery), digest(mirror, mirrorQuery)]);
    all[kind] = { rows: [source.rows, copy.rows], digests: [source.digest, copy.digest] };
  }
  return all;
}
