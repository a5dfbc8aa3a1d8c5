import { deriveMetadata } from '../../domain/derive-metadata.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { columnTexts, parseMetadata } from '../../datasources/mirror/write-metadata.js';

/** Columns that metadata bring to a change of a DID. */
export type MetadataColumns = Readonly<Record<string, string | null>>;

/** Reads metadata as Rucio's database writes them; what cannot be taken carries `meta_fault` and leaves the mirror's metadata alone. */
export function metadataColumns(fields: readonly MetadataField[], meta: string | null): MetadataColumns {
  let metadata: Record<string, unknown> | null;
  try {
    metadata = parseMetadata(meta);
  } catch {
    return { has_meta: 'false', meta, meta_fault: 'Its metadata are not JSON.' };
  }
  if (!metadata) return { has_meta: 'false', meta, meta_fault: 'Its metadata are not an object.' };
  return { has_meta: 'true', meta: meta === 'null' ? null : meta, meta_fault: null, ...columnTexts(deriveMetadata(fields, metadata)) };
}
