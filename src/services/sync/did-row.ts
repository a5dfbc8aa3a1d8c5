import { deriveMetadata, type FieldValue } from '../../domain/derive-metadata.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { columnTexts, parseMetadata } from '../../datasources/mirror/write-metadata.js';

/** Columns that metadata bring to a change of a DID. */
export type MetadataColumns = Readonly<Record<string, string | null>>;

/** Values of the registry's columns from metadata as Rucio's database writes them, or why these cannot be taken. */
export function readMetadata(fields: readonly MetadataField[], meta: string | null): Readonly<Record<string, FieldValue>> | string {
  try {
    const metadata = parseMetadata(meta);
    return metadata ? deriveMetadata(fields, metadata) : 'Its metadata are not an object.';
  } catch {
    return 'Its metadata are not JSON.';
  }
}

/** Metadata as columns of a change; what cannot be taken carries `meta_fault` and leaves the mirror's metadata alone. */
export function metadataColumns(fields: readonly MetadataField[], meta: string | null): MetadataColumns {
  const values = readMetadata(fields, meta);
  if (typeof values === 'string') return { has_meta: 'false', meta, meta_fault: values };
  return { has_meta: 'true', meta: meta === 'null' ? null : meta, meta_fault: null, ...columnTexts(values) };
}
