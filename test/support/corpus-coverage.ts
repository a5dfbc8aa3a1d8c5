import { getNamedType, getNullableType, isInputObjectType, isInterfaceType, isListType, isObjectType, parse, TypeInfo, typeFromAST, visit, visitWithTypeInfo, type GraphQLInputType, type GraphQLNamedType, type GraphQLSchema } from 'graphql';
import type { Operation } from '../corpus/operation.js';

/** Types that a query can come to, their implementations and inputs among them. */
function queryTypes(schema: GraphQLSchema): Set<GraphQLNamedType> {
  const found = new Set<GraphQLNamedType>();
  const waiting: GraphQLNamedType[] = [schema.getQueryType()!];
  for (let type = waiting.pop(); type; type = waiting.pop()) {
    if (found.has(type)) continue;
    found.add(type);
    if (isInterfaceType(type)) waiting.push(...schema.getPossibleTypes(type));
    if (isInputObjectType(type)) waiting.push(...Object.values(type.getFields()).map((field) => getNamedType(field.type)));
    if (isObjectType(type) || isInterfaceType(type)) waiting.push(...Object.values(type.getFields()).flatMap((field) => [field.type, ...field.args.map((argument) => argument.type)].map((one) => getNamedType(one))));
  }
  return found;
}

/** `Type.field` of every field that a query can ask for or give, but those of introspection. */
export const allFields = (schema: GraphQLSchema): string[] => [...queryTypes(schema)]
  .filter((type) => !type.name.startsWith('__') && (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)))
  .flatMap((type) => ('getFields' in type ? Object.keys(type.getFields()) : []).map((field) => `${type.name}.${field}`));

/** Fields of input objects within a value of this type. */
export function inputFields(type: GraphQLInputType, value: unknown): string[] {
  const bare = getNullableType(type);
  if (isListType(bare)) return (Array.isArray(value) ? value as unknown[] : [value]).flatMap((one) => inputFields(bare.ofType as GraphQLInputType, one));
  if (!isInputObjectType(bare) || typeof value !== 'object' || value === null) return [];
  const fields = bare.getFields();
  return Object.entries(value).flatMap(([name, member]) => (fields[name] ? [`${bare.name}.${name}`, ...inputFields(fields[name].type, member)] : []));
}

/** `Type.field` of all that an operation asks for, and of all that its literals and variables give. */
export function usedFields(schema: GraphQLSchema, { query, variables = [] }: Operation): string[] {
  const used: string[] = [];
  let document;
  try { document = parse(query); } catch { return used; }
  const types = new TypeInfo(schema);
  visit(document, visitWithTypeInfo(types, {
    Field({ name }) { used.push(`${types.getParentType()?.name}.${name.value}`); },
    ObjectField({ name }) { used.push(`${getNamedType(types.getParentInputType())?.name}.${name.value}`); },
    VariableDefinition({ variable, type }) {
      const of = typeFromAST(schema, type as Parameters<typeof typeFromAST>[1]);
      if (of) for (const set of variables) used.push(...inputFields(of as GraphQLInputType, set[variable.name.value]));
    },
  }));
  return used;
}
