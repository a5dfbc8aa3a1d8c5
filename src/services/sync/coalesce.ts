import type { MetadataField } from '../../domain/metadata-field.js';
import type { ChangeRow, ChangeSet } from '../../datasources/mirror/write-changes.js';
import type { SourceChange } from '../../datasources/rucio-db/messages.js';
import type { SourceTable } from '../../datasources/rucio-db/source-table.js';
import { metadataColumns } from './did-row.js';

interface Last {
  op: 'upsert' | 'delete';
  row: Readonly<Record<string, string | null>>;
  unchanged: readonly string[];
}

/** Last state of each key of one table. */
function lastStates(changes: readonly SourceChange[], key: readonly string[]): Map<string, Last> {
  const states = new Map<string, Last>();
  for (const { op, row, unchanged } of changes) {
    const id = key.map((column) => row[column]).join('\0');
    const before = states.get(id);
    // What this update did not send may stand in an earlier change of the same batch.
    const merged = unchanged.length && before?.op === 'upsert' ? { ...before.row, ...row } : row;
    states.set(id, { op, row: merged, unchanged: unchanged.filter((column) => !(column in merged)) });
  }
  return states;
}

const flagged = ({ row, unchanged }: Last): ChangeRow => (unchanged.length ? { ...row, unchanged } : row);

/** DIDs and their metadata as one change each. */
function didChanges(dids: Map<string, Last>, metas: Map<string, Last>, fields: readonly MetadataField[]): { upserts: ChangeRow[]; removes: ChangeRow[] } {
  const upserts: ChangeRow[] = [];
  const removes: ChangeRow[] = [];
  for (const id of new Set([...dids.keys(), ...metas.keys()])) {
    const did = dids.get(id);
    const meta = metas.get(id);
    if (did?.op === 'delete') {
      removes.push(did.row);
      continue;
    }
    const known = meta && !meta.unchanged.includes('meta');
    if (!did && !known) continue;
    const columns = known ? metadataColumns(fields, meta.op === 'delete' ? null : (meta.row['meta'] ?? null)) : { has_meta: 'false' };
    upserts.push({ ...meta?.row, ...did?.row, ...columns, has_did: did ? 'true' : 'false' });
  }
  return { upserts, removes };
}

/** Reduces changes in the order of commits to what is left to do: the last state of each key, table by table. */
export function coalesce(changes: readonly SourceChange[], tables: readonly SourceTable[], fields: readonly MetadataField[]): ChangeSet {
  const states = new Map(tables.map(({ name, key }) => [name, lastStates(changes.filter(({ table }) => table === name), key)]));
  const set = new Map<string, { upserts: ChangeRow[]; removes: ChangeRow[] }>();
  for (const [name, last] of states) {
    if (name === 'dids' || name === 'did_meta') continue;
    const all = [...last.values()];
    set.set(name, { upserts: all.filter(({ op }) => op === 'upsert').map(flagged), removes: all.filter(({ op }) => op === 'delete').map(({ row }) => row) });
  }
  set.set('dids', didChanges(states.get('dids') ?? new Map(), states.get('did_meta') ?? new Map(), fields));
  return set;
}
