import { parse } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { deriveMetadata } from '../../../src/domain/derive-metadata.js';
import type { FieldType, MetadataField } from '../../../src/domain/metadata-field.js';
import { registry } from '../../support/registry.js';

const one = (type: FieldType, value: unknown) => {
  const field: MetadataField = { name: 'f', key: 'k', type, column: 'c', description: '' };
  return deriveMetadata([field], { k: value })['c'];
};

describe('deriveMetadata on the CTAO registry', () => {
  it('reads both generations of keys', () => {
    const flat = deriveMetadata(registry, { obs_id: 200000456, sb_id: 2000000123, tel_ids: [1, 18], start_time: '2026-11-23T08:16:35', data_type: 'event', data_level: 'DL0' });
    expect(flat).toMatchObject({ obs_id: '200000456', sb_id: '2000000123', tel_ids: [1, 18], start_time: '2026-11-23T08:16:35Z', data_type: 'event', data_level: 'DL0', chunk_id: null });
    const model = deriveMetadata(registry, { instance__obs_id: 7, acquisition__sb_id: 8, instance__ae_id: 5, instance__ae_class: 'TEL', data__type: 'Trigger', instance__chunk_id: 3 });
    expect(model).toMatchObject({ obs_id: '7', sb_id: '8', tel_ids: [5], data_type: 'Trigger', chunk_id: '3' });
  });
  it('takes the first key that has a value of the type', () => {
    expect(deriveMetadata(registry, { instance__obs_id: 1, obs_id: 2 })['obs_id']).toBe('1');
    expect(deriveMetadata(registry, { instance__obs_id: 'x', obs_id: 2 })['obs_id']).toBe('2');
    expect(deriveMetadata(registry, { instance__obs_id: null, obs_id: 2 })['obs_id']).toBe('2');
    expect(deriveMetadata(registry, { tel_id: 9 })['tel_ids']).toEqual([9]);
  });
  it('counts an array element as telescope only where its class says so', () => {
    expect(deriveMetadata(registry, { instance__ae_id: 5 })['tel_ids']).toBeNull();
    expect(deriveMetadata(registry, { instance__ae_id: 5, instance__ae_class: 'AUX' })['tel_ids']).toBeNull();
    expect(deriveMetadata(registry, { instance__ae_id: 5, instance__ae_class: 'AUX', tel_ids: [1] })['tel_ids']).toEqual([1]);
  });
  it('has a value for every column, and looks at own keys only', () => {
    const values = deriveMetadata([...registry, { name: 'x', key: 'constructor', type: 'String', column: 'x', description: '' }], {});
    expect(Object.keys(values)).toEqual([...registry.map(({ column }) => column), 'x', 'key_conflicts']);
    expect(new Set(Object.values(values))).toEqual(new Set([null]));
  });
});

describe('keys that disagree', () => {
  const conflicts = (metadata: Record<string, unknown>) => deriveMetadata(registry, metadata)['key_conflicts'];
  it.each<[string, Record<string, unknown>, string[] | null]>([
    ['one key', { obs_id: 2 }, null],
    ['the same in both', { instance__obs_id: 2, obs_id: 2n }, null],
    ['another value', { instance__obs_id: 1, obs_id: 2 }, ['obs_id']],
    ['a value of another type in one', { instance__obs_id: 1, obs_id: 'x' }, null],
    ['a key whose condition does not hold', { instance__ae_id: 5, instance__ae_class: 'AUX', tel_ids: [1] }, null],
    ['a key whose condition holds', { instance__ae_id: 5, instance__ae_class: 'TEL', tel_ids: [1] }, ['tel_ids']],
    ['lists in another order', { tel_ids: [1, 2, 2], tel_id: [2, 1] }, null],
    ['a part of a list', { tel_ids: [1, 2], tel_id: 1 }, ['tel_ids']],
    ['the same time, written otherwise', { start_time: '2026-11-23 08:00', observation__coverage__time__t_min: '2026-11-23T09:00:00.000+01:00' }, null],
    ['a third key only', { tel_ids: [1], tel_id: [1], instance__ae_id: 2, instance__ae_class: 'TEL', data__type: 'Event', data_type: 'event' }, ['data_type', 'tel_ids']],
  ])('%s', (_title, metadata, expected) => {
    expect(conflicts(metadata)).toEqual(expected);
  });
});

describe('words of a key', () => {
  const field = (type: FieldType, map: MetadataField['map']): MetadataField => ({ name: 'f', key: 'k', aliases: ['old'], type, map, column: 'c', description: '' });
  it.each<[FieldType, unknown, unknown]>([
    ['String', 'TEL_EVENT', 'event'], ['String', 'event', 'event'], ['String', 'tel_event', 'tel_event'], ['String', 3, 'calibration'], ['String', parse('3'), 'calibration'],
    ['String', true, 'yes'], ['String', 'constructor', 'constructor'], ['String', 4, null], ['String', null, null], ['String', {}, null],
  ])('%s: %j is %j', (type, old, expected) => {
    expect(deriveMetadata([field(type, { old: { TEL_EVENT: 'event', 3: 'calibration', true: 'yes' } })], { old })['c']).toBe(expected);
  });
  it('are those of that key alone, and come before the comparison', () => {
    const words = field('String', { old: { TEL_EVENT: 'event' } });
    expect(deriveMetadata([words], { k: 'TEL_EVENT' })).toEqual({ c: 'TEL_EVENT', key_conflicts: null });
    expect(deriveMetadata([words], { k: 'event', old: 'TEL_EVENT' })).toEqual({ c: 'event', key_conflicts: null });
    expect(deriveMetadata([words], { k: 'event', old: 'LOG' })).toEqual({ c: 'event', key_conflicts: ['c'] });
  });
  it('are for each member of a list', () => {
    expect(deriveMetadata([field('[Int]', { old: { LST1: 1, LST2: 2 } })], { old: ['LST2', 'LST1', 7] })['c']).toEqual([2, 1, 7]);
  });
});

describe('a value of a type', () => {
  it.each<[FieldType, unknown, unknown]>([
    ['BigInt', 9223372036854775807n, '9223372036854775807'],
    ['BigInt', -9223372036854775808n, '-9223372036854775808'],
    ['BigInt', 9223372036854775808n, null],
    ['BigInt', 2 ** 53, null],
    ['BigInt', 1.5, null],
    ['BigInt', '5', null],
    ['BigInt', true, null],
    ['BigInt', parse('9007199254740993'), '9007199254740993'],
    ['BigInt', parse('12.0'), '12'],
    ['BigInt', parse('12.5'), null],
    ['BigInt', parse('1e400'), null],
    ['Int', 2147483647, 2147483647],
    ['Int', 2147483648, null],
    ['Int', NaN, null],
    ['[Int]', [3, 1, 3], [3, 1, 3]],
    ['[Int]', [], []],
    ['[Int]', [1, 'x'], null],
    ['[Int]', [1, [2]], null],
    ['[Int]', 4n, [4]],
    ['[Int]', '4', null],
    ['Float', 1.5, 1.5],
    ['Float', parse('1.25'), 1.25],
    ['Float', Infinity, null],
    ['Float', '1', null],
    ['Float', parse('1e400'), null],
    ['Float', NaN, null],
    ['Float', -0, 0],
    ['Float', 9007199254740993n, 9007199254740992],
    ['Boolean', false, false],
    ['Boolean', 'false', null],
    ['String', 'Ereignis', 'Ereignis'],
    ['String', '', ''],
    ['String', 5, null],
    ['String', 'a\0b', null],
    ['String', '\ud800', null],
    ['String', 'x'.repeat(1024), 'x'.repeat(1024)],
    ['String', 'ä'.repeat(513), null],
  ])('%s of %s is %s', (type, value, expected) => {
    expect(one(type, value)).toEqual(expected);
  });

  it.each<[unknown, string | null]>([
    ['2026-11-23T08:16:35', '2026-11-23T08:16:35Z'],
    ['2026-11-23T08:16:35.123456', '2026-11-23T08:16:35.123456Z'],
    ['2026-11-23T08:16:35.120000Z', '2026-11-23T08:16:35.12Z'],
    ['2026-11-23T00:16:35.000001+01:00', '2026-11-22T23:16:35.000001Z'],
    ['2026-11-23 08:16:35-0330', '2026-11-23T11:46:35Z'],
    ['2026-11-23T08:16', '2026-11-23T08:16:00Z'],
    ['2026-11-23', '2026-11-23T00:00:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['2026-02-29', null],
    ['2026-02-30T00:00:00', null],
    ['2026-13-01', null],
    ['2026-11-23T24:00:00', null],
    ['2026-11-23T08:16:60', null],
    ['2026-11-23T08:16:35.000000000', '2026-11-23T08:16:35Z'],
    ['2026-11-23T08:16:35.123456789', '2026-11-23T08:16:35.123456Z'],
    ['2026-11-23T08:16:35.1234567890123', null],
    ['2026-11-23T08:16:35+25:00', null],
    ['0000-01-01', null],
    ['0001-01-01T00:00:00+01:00', null],
    ['9999-12-31T23:59:59-01:00', null],
    ['23.11.2026', null],
    ['', null],
    [1763886995, null],
  ])('DateTime of %s is %s', (value, expected) => {
    expect(one('DateTime', value)).toBe(expected);
  });
});
