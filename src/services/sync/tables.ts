import type { MetadataField } from '../../domain/metadata-field.js';
import { didColumns } from '../../datasources/mirror/write-dids.js';
import type { WriteTable } from '../../datasources/mirror/write-table.js';
import { writeTables } from '../../datasources/mirror/write-tables.js';
import type { SourceTable } from '../../datasources/rucio-db/source-table.js';

/** What sync reads and what it writes. */
export interface SyncTables {
  readonly fields: readonly MetadataField[];
  readonly source: readonly SourceTable[];
  readonly mirror: readonly WriteTable[];
}

const metadata: SourceTable = { name: 'did_meta', key: ['scope', 'name'], columns: ['scope', 'name', 'did_type', 'meta'] };

/** The mirror's tables, in the schema given, are Rucio's but for one: Rucio keeps DIDs and their metadata apart. */
export function syncTables(fields: readonly MetadataField[], schema = 'mirror'): SyncTables {
  const mirror = writeTables(fields, schema);
  const source = mirror.map(({ name, key, columns }) => ({ name, key, columns: name === 'dids' ? didColumns : columns }));
  return { fields, mirror, source: [...source, metadata] };
}
