import { describe, expect, it } from 'vitest';
import type { SourceChange } from '../../../../src/datasources/rucio-db/messages.js';
import { coalesce } from '../../../../src/services/sync/coalesce.js';
import { syncTables } from '../../../../src/services/sync/tables.js';
import { registry } from '../../../support/registry.js';

const tables = syncTables(registry);
const reduce = (...changes: SourceChange[]) => coalesce(changes, tables.source, registry);
const did = (op: SourceChange['op'], more = {}): SourceChange => ({ table: 'dids', op, row: { scope: 's', name: 'n', ...more }, unchanged: [] });
const meta = (op: SourceChange['op'], value?: string | null): SourceChange =>
  ({ table: 'did_meta', op, row: { scope: 's', name: 'n', ...(value === undefined ? {} : { meta: value }) }, unchanged: value === undefined && op === 'upsert' ? ['meta'] : [] });
const rule = (row: Record<string, string | null>, unchanged: string[] = []): SourceChange => ({ table: 'rules', op: 'upsert', row: { id: 'r', ...row }, unchanged });

describe('coalesce', () => {
  it('keeps the last metadata of a transaction that writes null, then the object', () => {
    expect(reduce(meta('upsert', null), meta('upsert', '{"obs_id": 9007199254740993}')).get('dids')).toEqual({
      removes: [],
      upserts: [expect.objectContaining({ has_did: 'false', has_meta: 'true', meta: '{"obs_id": 9007199254740993}', obs_id: '9007199254740993' })],
    });
  });
  it('joins a new DID with its metadata', () => {
    expect(reduce(did('upsert', { did_type: 'F' }), meta('upsert', '{}')).get('dids')!.upserts).toEqual([expect.objectContaining({ did_type: 'F', has_did: 'true', has_meta: 'true' })]);
  });
  it('leaves metadata alone that were not sent', () => {
    expect(reduce(meta('upsert')).get('dids')).toEqual({ upserts: [], removes: [] });
    expect(reduce(did('upsert'), meta('upsert')).get('dids')!.upserts).toEqual([expect.objectContaining({ has_did: 'true', has_meta: 'false' })]);
  });
  it('empties metadata that were deleted, and drops those of a deleted DID', () => {
    expect(reduce(meta('delete')).get('dids')!.upserts).toEqual([expect.objectContaining({ has_meta: 'true', meta: null, obs_id: null })]);
    expect(reduce(meta('delete'), did('delete')).get('dids')).toEqual({ upserts: [], removes: [{ scope: 's', name: 'n' }] });
  });
  it('takes a DID deleted and made again for a change', () => {
    expect(reduce(meta('delete'), did('delete'), did('upsert', { bytes: '2' })).get('dids')).toEqual({
      removes: [], upserts: [expect.objectContaining({ bytes: '2', has_meta: 'true', meta: null })],
    });
  });
  it('says why metadata cannot be taken', () => {
    expect(reduce(meta('upsert', '[1]')).get('dids')!.upserts).toEqual([expect.objectContaining({ has_meta: 'false', meta_fault: 'Its metadata are not an object.' })]);
  });
  it('fills columns that were not sent from earlier changes, and names the rest', () => {
    expect(reduce(rule({ state: 'R', error: 'long' }), rule({ state: 'O' }, ['error'])).get('rules')!.upserts).toEqual([{ id: 'r', state: 'O', error: 'long' }]);
    expect(reduce(rule({ state: 'O' }, ['error'])).get('rules')!.upserts).toEqual([{ id: 'r', state: 'O', unchanged: ['error'] }]);
  });
  it('removes what was inserted and deleted', () => {
    expect(reduce(rule({ state: 'R' }), { table: 'rules', op: 'delete', row: { id: 'r' }, unchanged: [] }).get('rules')).toEqual({ upserts: [], removes: [{ id: 'r' }] });
  });
});
