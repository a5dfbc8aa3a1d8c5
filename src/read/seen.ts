import { sql } from 'kysely';
import { stringify } from 'lossless-json';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import type { DidMetadata } from '../datasources/rucio/dids.js';
import { deriveMetadata } from '../domain/derive-metadata.js';
import type { MetadataField } from '../domain/metadata-field.js';
import type { Sight } from '../domain/sight.js';
import type { KnownRses } from './known-rses.js';
import { compile, table, type Sql } from './sql.js';
import { isSeen, visibleTables } from './visible-tables.js';

/** Which of the DIDs, as Rucio itself describes them, are in sight. */
export type Seen = (dids: readonly DidMetadata[], signal: AbortSignal) => Promise<readonly boolean[]>;

/** How many files lie in each of these collections: those in sight, and all; by the mirror. */
export type SharesSeen = (collections: readonly { readonly scope: string; readonly name: string }[], signal: AbortSignal) => Promise<readonly { readonly seen: number; readonly all: number }[]>;

export interface SeenOptions {
  readonly pool: MirrorPool;
  readonly fields: readonly MetadataField[];
  readonly parseLfn: (text: string) => { readonly scope: string; readonly name: string };
  readonly rses: KnownRses;
}

/** The row that the mirror would have. */
function rowOf({ didType, isOpen, createdAt, updatedAt, ...did }: DidMetadata, fields: readonly MetadataField[]): object {
  const shared = { ...did, created_at: createdAt, updated_at: updatedAt };
  return didType === 'FILE' ? { ...shared, ...deriveMetadata(fields, did.metadata) } : { ...shared, did_type: didType, is_open: isOpen };
}

/** Judges Rucio's answers by the very conditions that the mirror's rows are judged by; undefined for who sees everything. */
export function createSeen({ pool, fields, parseLfn, rses }: SeenOptions): (sight: Sight) => Seen | undefined {
  return (sight) => (Object.keys(sight).length === 0 ? undefined : async (dids, signal) => {
    const { find } = await rses.last();
    const judge = (table: 'file' | 'collection'): Sql => {
      const rows = dids.flatMap((did, place) => ((did.didType === 'FILE') === (table === 'file') ? [{ place, row: rowOf(did, fields) }] : []));
      return isSeen(table, stringify(rows)!, sight, { fields, parseLfn, rses: find });
    };
    // Asked for nobody, too: what is hidden takes no longer than what is absent.
    const { sql: text, parameters: values } = compile(sql`select coalesce(json_agg(place), '[]')::text from (${judge('file')} union all ${judge('collection')}) seen`);
    const [places] = await pool.row({ text, values }, signal);
    const seen = new Set(JSON.parse(places!) as number[]);
    return dids.map((_, place) => seen.has(place));
  });
}

/** Undefined for who sees everything. */
export function createSharesSeen({ pool, fields, parseLfn, rses }: SeenOptions): (sight: Sight) => SharesSeen | undefined {
  return (sight) => (Object.keys(sight).length === 0 ? undefined : async (collections, signal) => {
    const { ofShare } = visibleTables(sight, { fields, parseLfn, rses: (await rses.last()).find });
    const asked = table('asked');
    const { sql: text, parameters: values } = compile(sql`select coalesce(json_agg(${ofShare!(asked, (seen, all) => sql`json_build_object('seen', ${seen}, 'all', ${all})`)} order by ${asked('place')}), '[]')::text
      from unnest(${collections.map(({ scope }) => scope)}::text[], ${collections.map(({ name }) => name)}::text[]) with ordinality as asked (scope, name, place)`);
    const [shares] = await pool.row({ text, values }, signal);
    return JSON.parse(shares!) as { seen: number; all: number }[];
  });
}
