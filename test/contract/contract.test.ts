import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { emitSchema } from '../../src/emit-schema.js';
import { compareSchemas, type SchemaComparison } from '../support/compare-schemas.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const stillMissing = read('missing.txt').split('\n').filter((line) => line !== '');

let emitted: string;
let comparison: SchemaComparison;

beforeAll(async () => {
  emitted = await emitSchema(readConfig('schema', {}).fields);
  comparison = compareSchemas(read('contract.graphql'), emitted);
});

test('schema.graphql is what the code emits; else run `npm run schema`', () => {
  expect(read('../../schema.graphql')).toBe(emitted);
});

test('what is built is as the contract has it', () => {
  expect(comparison.wrong).toEqual([]);
});

test('what the contract has is built or listed in missing.txt, which only shrinks', () => {
  console.log(`Of the contract ${stillMissing.length} are still missing:\n${stillMissing.join('\n')}`);
  const lost = comparison.missing.filter((coordinate) => !stillMissing.includes(coordinate));
  const built = stillMissing.filter((coordinate) => !comparison.missing.includes(coordinate));
  expect(lost, 'In the contract, but neither built nor listed').toEqual([]);
  expect(built, 'Built: remove it from the list').toEqual([]);
});
