import type { MetadataField } from '../../domain/metadata-field.js';
import { pathOfPfn, type Protocol } from '../../domain/pfn.js';
import { didTypeByLetter, type DidType } from '../../domain/did-type.js';
import { replicaStateByLetter } from '../../domain/replica-state.js';
import { ruleStateByLetter } from '../../domain/rule-state.js';
import type { ChangeRow } from '../../datasources/mirror/write-changes.js';
import type { DidRow } from '../../datasources/rucio/bulk.js';
import type { FileReplicas } from '../../datasources/rucio/replicas.js';
import type { LiveRse, RseUsage } from '../../datasources/rucio/rses.js';
import type { LiveRule } from '../../datasources/rucio/rules.js';
import { metadataColumns } from '../sync/did-row.js';

const letterOf = (words: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(words).map(([letter, word]) => [word, letter]));
const didLetters = letterOf(didTypeByLetter);
const replicaLetters = letterOf(replicaStateByLetter);
const ruleLetters = letterOf(ruleStateByLetter);

export const didLetter = (type: DidType): string => didLetters[type]!;

/** An id of Rucio's as its database writes it: REST leaves the dashes out. */
export const uuid = (digits: string): string => digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Rucio's database keeps UTC without saying so. */
const bare = (time: string): string => time.replace('T', ' ').replace('Z', '');
const flag = (value: boolean | null): string | null => (value === null ? null : String(value));

/** A NUL, or half of a surrogate pair, as JSON writes them; a backslash before the backslash would make it plain text. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f]..)/i;

/** A DID with its metadata, as the mirror's writer takes rows of Rucio's database. */
export function didRow(did: DidRow, metadata: string, fields: readonly MetadataField[]): ChangeRow {
  // The writer could not even look at them: they are set aside by their fault alone.
  const fault = unstorable.test(metadata) ? 'Its metadata hold a character that no text can have.' : undefined;
  return {
    scope: did.scope, name: did.name, did_type: didLetter(did.didType), account: did.account, is_open: flag(did.isOpen), bytes: did.bytes, adler32: did.adler32, md5: did.md5,
    created_at: bare(did.createdAt), updated_at: bare(did.updatedAt), has_did: 'true',
    ...(fault ? { has_meta: 'false', meta: null, meta_fault: fault } : metadataColumns(fields, metadata)),
  };
}

/** What of an RSE the rows of its replicas need. */
export interface CrawlRse {
  readonly id: string;
  readonly deterministic: boolean;
  readonly protocols: readonly Protocol[];
}

/** The copies of a file at RSEs that are known. Dates are not told. */
export function replicaRows({ scope, name, bytes, adler32, replicas }: FileReplicas, rses: ReadonlyMap<string, CrawlRse>): ChangeRow[] {
  return replicas.flatMap(({ rse, state, pfn }) => {
    const known = rses.get(rse);
    if (!known) return [];
    const path = known.deterministic || pfn === null ? null : (pathOfPfn(known.protocols, pfn) ?? null);
    return [{ scope, name, rse_id: known.id, bytes, adler32, path, state: replicaLetters[state]!, created_at: null, updated_at: null }];
  });
}

export function ruleRow(rule: LiveRule): ChangeRow {
  return {
    id: uuid(rule.ruleId), scope: rule.scope, name: rule.name, did_type: didLetter(rule.didType), account: rule.account, rse_expression: rule.rseExpression,
    source_replica_expression: rule.sourceReplicaExpression, copies: String(rule.copies), state: ruleLetters[rule.state]!, grouping: rule.grouping?.charAt(0) ?? null,
    activity: rule.activity, locks_ok_cnt: rule.locksOkCnt, locks_replicating_cnt: rule.locksReplicatingCnt, locks_stuck_cnt: rule.locksStuckCnt, locked: flag(rule.locked),
    error: rule.error, expires_at: rule.expiresAt && bare(rule.expiresAt), created_at: bare(rule.createdAt), updated_at: bare(rule.updatedAt),
  };
}

/** Rows of an RSE, its attributes, protocols and usage, by Rucio's names of the tables. */
export function rseRows({ rseId, name, attributes, columns, protocols }: LiveRse, usage: readonly RseUsage[]): Record<'rses' | 'rse_attr_map' | 'rse_protocols' | 'rse_usage', ChangeRow[]> {
  const rse_id = uuid(rseId);
  const texts = Object.entries(columns).map(([column, value]) => [column, value === null || value === undefined ? null : String(value)]);
  return {
    rses: [{ ...Object.fromEntries(texts), id: rse_id, rse: name, deleted: 'false' }],
    // Rucio keeps true and false as words.
    rse_attr_map: Object.entries(attributes).map(([key, value]) => ({ rse_id, key, value: value === null ? null : String(value) })),
    rse_protocols: protocols.map(({ scheme, hostname, port, prefix, impl, extendedAttributes, domains: { lan, wan } }) => ({
      rse_id, scheme, hostname, port: String(port), prefix, impl, extended_attributes: extendedAttributes === null ? null : JSON.stringify(extendedAttributes),
      ...Object.fromEntries([
        ...Object.entries({ read_lan: lan['read'], write_lan: lan['write'], delete_lan: lan['delete'], read_wan: wan['read'], write_wan: wan['write'], delete_wan: wan['delete'] }),
        ...['third_party_copy_read', 'third_party_copy_write'].map((operation) => [operation, wan[operation]] as const),
      ].map(([column, priority]) => [column, priority === null || priority === undefined ? null : String(priority)])),
    })),
    rse_usage: usage.map(({ source, used, free, files, updatedAt }) => ({ rse_id, source, used, free, files, updated_at: bare(updatedAt) })),
  };
}
