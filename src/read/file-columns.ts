import type { FieldType } from '../domain/metadata-field.js';

/** Columns of files that need no registry, by the names of their fields. */
export const fileColumns: Readonly<Record<string, { readonly column: string; readonly type: FieldType }>> = {
  scope: { column: 'scope', type: 'String' }, name: { column: 'name', type: 'String' }, account: { column: 'account', type: 'String' },
  bytes: { column: 'bytes', type: 'BigInt' }, adler32: { column: 'adler32', type: 'String' },
  createdAt: { column: 'created_at', type: 'DateTime' }, updatedAt: { column: 'updated_at', type: 'DateTime' },
};
