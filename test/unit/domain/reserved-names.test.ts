import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLInputObjectType, type GraphQLObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { reservedColumns, reservedNames } from '../../../src/domain/reserved-names.js';
import { registry } from '../../support/registry.js';

const ofRegistry = new Set(registry.map(({ name }) => name));

it.each(['schema.graphql', 'test/contract/contract.graphql'])("has each name of File and FileFilter in %s that is not the registry's", (file) => {
  const schema = buildSchema(readFileSync(file, 'utf8'));
  const names = ['File', 'FileFilter'].flatMap((type) => Object.keys((schema.getType(type) as GraphQLObjectType | GraphQLInputObjectType).getFields()));
  expect(names.filter((name) => !ofRegistry.has(name) && !reservedNames.has(name))).toEqual([]);
  expect(registry.filter(({ name }) => reservedNames.has(name))).toEqual([]);
});

it("has each column of mirror.file that is not the registry's", () => {
  const [, table] = /create table mirror\.file \(\n([^;]*)\n\);/.exec(readFileSync('migrations/schema.sql', 'utf8'))!;
  const columns = table!.split('\n').map((line) => line.trim().split(' ')[0]!).filter((column) => column !== 'constraint');
  const ofFields = new Set(registry.map(({ column }) => column));
  expect(columns).toContain('id');
  expect(columns.filter((column) => !ofFields.has(column) && !reservedColumns.has(column))).toEqual([]);
});
