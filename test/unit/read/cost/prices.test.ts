import { getNamedType, getNullableType, isCompositeType, isInterfaceType, isListType, isObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { prices } from '../../../../src/read/cost/prices.js';
import { makeSchema } from '../../../../src/resolvers/schema.js';
import { registry } from '../../../support/registry.js';

const types = Object.values((await makeSchema(registry)).getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
const fields = types.flatMap((type) => Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })));

it('every list of objects has a price', () => {
  const lists = fields.filter(({ field }) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type))).map(({ name }) => name);
  expect(lists.length).toBeGreaterThan(20);
  expect(lists.filter((name) => prices[name]?.rows === undefined)).toEqual([]);
});

it('every price is that of a field', () => {
  const names = new Set([...fields.map(({ name }) => name), 'Query.__schema']);
  expect(Object.keys(prices).filter((name) => !names.has(name))).toEqual([]);
});
