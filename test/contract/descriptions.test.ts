import { readFileSync } from 'node:fs';
import { buildSchema, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedScalarType, type GraphQLSchema } from 'graphql';
import { expect, test } from 'vitest';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

/** Coordinates of all types, fields, arguments and input fields without a description; values of enums may speak for themselves. */
function undescribed(ofSchema: GraphQLSchema): string[] {
  const found: string[] = [];
  const check = (coordinate: string, { description }: { description?: string | null | undefined }) => {
    if (!description?.trim()) found.push(coordinate);
  };
  for (const type of Object.values(ofSchema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    check(type.name, type);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field);
      for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name}:)`, argument);
    }
  }
  return found;
}

test('everything in the schema has a description', () => {
  expect(undescribed(schema)).toEqual([]);
});

test('a missing description is seen', () => {
  const bare = buildSchema('type Query { files(first: Int, where: Filter): Int } enum State { OK } scalar LFN input Filter { state: State name: LFN } interface Node { id: ID! }');
  expect(undescribed(bare).sort()).toEqual([
    'Filter', 'Filter.name', 'Filter.state', 'LFN', 'Node', 'Node.id', 'Query', 'Query.files', 'Query.files(first:)', 'Query.files(where:)', 'State',
  ]);
});
