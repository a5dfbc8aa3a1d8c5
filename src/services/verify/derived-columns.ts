import { deriveMetadata, KEY_CONFLICTS, type FieldValue } from '../../domain/derive-metadata.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { columnText, parseMetadata } from '../../datasources/mirror/write-metadata.js';

/** A derived column that is not what the metadata give. */
export interface WrongColumn { readonly column: string; readonly derived: string | null; readonly mirror: string | null }

type Read = (value: FieldValue) => string | null;
/** Postgres's text of a time in UTC, and of anything else. */
const asPostgres: Read = (value) => columnText(value);
const timeAsPostgres: Read = (value) => (typeof value === 'string' ? value.replace('T', ' ').replace('Z', '+00') : null);

/** Derives the registry's columns again from a file's metadata, and compares them with the mirror's, which come as Postgres writes them. */
export function createDerivedCheck(fields: readonly MetadataField[]): (metadata: string, stored: readonly (string | null)[]) => readonly WrongColumn[] {
  const columns = [...fields.map(({ column, type }) => ({ column, type, text: type === 'DateTime' ? timeAsPostgres : asPostgres })), { column: KEY_CONFLICTS, type: null, text: asPostgres }];
  return (metadata, stored) => {
    const values = deriveMetadata(fields, parseMetadata(metadata) ?? {});
    const wrong: WrongColumn[] = [];
    for (const [at, { column, type, text }] of columns.entries()) {
      const value = values[column]!;
      const mirror = stored[at]!;
      const same = value === null || mirror === null ? value === mirror : type === 'Float' ? Number(mirror) === value : text(value) === mirror;
      if (!same) wrong.push({ column, derived: text(value), mirror });
    }
    return wrong;
  };
}
