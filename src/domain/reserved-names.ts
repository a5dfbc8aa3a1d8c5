/** Names that a metadata field cannot have in GraphQL: File's and FileFilter's own, in the promised schema too. */
export const reservedNames: ReadonlySet<string> = new Set([
  'id', 'scope', 'name', 'lfn', 'didType', 'account', 'bytes', 'adler32', 'md5', 'checksums', 'createdAt', 'updatedAt',
  'metadata', 'replicas', 'rules', 'parents', 'preservation', 'access',
  'and', 'or', 'not', 'within', 'time', 'replica',
]);

/** Columns that a metadata field cannot have: those of mirror.file itself, Postgres' own, and those that writing works with. */
export const reservedColumns: ReadonlySet<string> = new Set([
  'id', 'scope', 'name', 'account', 'bytes', 'adler32', 'md5', 'created_at', 'updated_at', 'metadata', 'key_conflicts',
  'tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid',
  'did_type', 'is_open', 'has_did', 'has_meta', 'meta', 'meta_fault', 'unchanged', 'file_id', 'collection_id', 'type_word', 'reason', 'meta_reason',
]);
