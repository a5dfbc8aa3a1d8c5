import { expect, it } from 'vitest';
import { columnType, fieldKeys, fieldOperators } from '../../../src/domain/metadata-field.js';
import { registry } from '../../support/registry.js';

const telIds = registry.find(({ name }) => name === 'telIds')!;

it('gives a field its keys in order, its operators and its type in Postgres', () => {
  expect(fieldKeys(telIds)).toEqual(['instance__ae_id', 'tel_ids', 'tel_id']);
  expect(fieldOperators(telIds)).toEqual(['eq', 'containsAll', 'containsAny', 'containedIn', 'isNull']);
  expect(columnType(telIds)).toBe('integer[]');
});
