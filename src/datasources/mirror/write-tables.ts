import type { MetadataField } from '../../domain/metadata-field.js';
import { writeContents } from './write-contents.js';
import { writeDids } from './write-dids.js';
import { writeReplicas } from './write-replicas.js';
import { writeRseAttributes, writeRseProtocols, writeRses, writeRseUsage } from './write-rses.js';
import { writeRules } from './write-rules.js';
import type { WriteTable } from './write-table.js';

/** All tables that the mirror takes in, what others point to first. */
export function writeTables(fields: readonly MetadataField[], schema: string): readonly WriteTable[] {
  const tables = [writeRses, writeRseAttributes, writeRseProtocols, writeRseUsage, writeReplicas, writeContents, writeRules].map((table) => table(schema));
  return [...tables.slice(0, 4), writeDids(schema, fields), ...tables.slice(4)];
}
