type KeyType = 'text' | 'uuid' | 'int';

interface Spec {
  /** What names a row, in Rucio's own terms, with the type it has there. */
  readonly key: Readonly<Record<string, KeyType>>;
  /** What the row says. */
  readonly columns: readonly string[];
}

const did = { scope: 'text', name: 'text' } as const;

/** All that the mirror has of Rucio, what others point to first. */
export const rowKinds = {
  rses: {
    key: { rse_id: 'uuid' },
    columns: ['name', 'type', 'deterministic', 'availability_read', 'availability_write', 'availability_delete', 'deleted', 'facts'],
  },
  attributes: { key: { rse_id: 'uuid', key: 'text' }, columns: ['value'] },
  protocols: {
    key: { rse_id: 'uuid', scheme: 'text', hostname: 'text', port: 'int' },
    columns: ['prefix', 'impl', 'extended_attributes', 'read_lan', 'write_lan', 'delete_lan', 'read_wan', 'write_wan', 'delete_wan', 'third_party_copy_read', 'third_party_copy_write'],
  },
  usage: { key: { rse_id: 'uuid', source: 'text' }, columns: ['used', 'free', 'files', 'updated_at'] },
  files: { key: did, columns: ['account', 'bytes', 'adler32', 'md5', 'created_at', 'updated_at', 'metadata'] },
  collections: { key: did, columns: ['did_type', 'account', 'is_open', 'created_at', 'updated_at', 'metadata'] },
  replicas: { key: { ...did, rse_id: 'uuid' }, columns: ['state', 'bytes', 'adler32', 'path', 'created_at', 'updated_at'] },
  contents: { key: { ...did, child_scope: 'text', child_name: 'text' }, columns: ['child'] },
  rules: {
    key: { rule_id: 'uuid' },
    columns: [
      'scope', 'name', 'did_type', 'account', 'rse_expression', 'source_replica_expression', 'copies', 'state', 'grouping', 'activity',
      'locks_ok_cnt', 'locks_replicating_cnt', 'locks_stuck_cnt', 'locked', 'error', 'expires_at', 'created_at', 'updated_at',
    ],
  },
} as const satisfies Readonly<Record<string, Spec>>;

export type RowKind = keyof typeof rowKinds;
export const rowKindNames = Object.keys(rowKinds) as readonly RowKind[];

/** Names of the columns that identify a row of the kind. */
export const keyColumns = (kind: RowKind): readonly string[] => Object.keys(rowKinds[kind].key);

/** Names of all columns of a row of the kind, its key first. */
export const rowColumns = (kind: RowKind): readonly string[] => [...keyColumns(kind), ...rowKinds[kind].columns];
