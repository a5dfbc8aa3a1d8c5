import {
  buildSchema, isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isRequiredArgument, isRequiredInputField,
  isSpecifiedScalarType, isUnionType, print, astFromValue,
  type GraphQLArgument, type GraphQLField, type GraphQLInputField, type GraphQLNamedType, type GraphQLSchema,
} from 'graphql';

/** Coordinates as GraphQL writes them: `File`, `File.bytes`, `Query.files(last:)`, `DipState.READY`; each list is sorted. */
export interface SchemaComparison {
  /** In the contract, not built yet. What stands below a missing type, field or argument is not listed again. */
  missing: string[];
  /** Built, but not as the contract has it: `coordinate: what differs`. */
  wrong: string[];
  /** Built beyond the contract. */
  added: string[];
}

/** Compares two schemas given as SDL: names and types, not descriptions. Throws GraphQLError on broken SDL. */
export function compareSchemas(contractSdl: string, builtSdl: string): SchemaComparison {
  const contract = typesOf(buildSchema(contractSdl));
  const built = typesOf(buildSchema(builtSdl));
  const found: SchemaComparison = { missing: [], wrong: [], added: [] };
  compareNames(found, '', contract, built, (name, wanted, actual) => compareType(found, name, wanted, actual, built));
  for (const list of Object.values(found) as string[][]) list.sort();
  return found;
}

type Named<T> = Readonly<Record<string, T>>;

function typesOf(schema: GraphQLSchema): Named<GraphQLNamedType> {
  const own = Object.entries(schema.getTypeMap()).filter(([, type]) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
  return Object.fromEntries(own);
}

function compareNames<T>(
  found: SchemaComparison, prefix: string, contract: Named<T>, built: Named<T>,
  compare: (coordinate: string, wanted: T, actual: T) => void, suffix = '',
): void {
  for (const [name, wanted] of Object.entries(contract)) {
    const actual = built[name];
    if (actual === undefined) found.missing.push(`${prefix}${name}${suffix}`);
    else compare(`${prefix}${name}${suffix}`, wanted, actual);
  }
  for (const name of Object.keys(built)) if (!(name in contract)) found.added.push(`${prefix}${name}${suffix}`);
}

function compareType(found: SchemaComparison, name: string, wanted: GraphQLNamedType, actual: GraphQLNamedType, built: Named<GraphQLNamedType>): void {
  if ((isObjectType(wanted) && isObjectType(actual)) || (isInterfaceType(wanted) && isInterfaceType(actual))) {
    compareMembers(found, `${name} implements`, wanted.getInterfaces(), actual.getInterfaces(), built);
    compareNames(found, `${name}.`, wanted.getFields(), actual.getFields(), (at, from, to) => compareField(found, at, from, to));
  } else if (isUnionType(wanted) && isUnionType(actual)) {
    compareMembers(found, `${name} =`, wanted.getTypes(), actual.getTypes(), built);
  } else if (isEnumType(wanted) && isEnumType(actual)) {
    compareNames(found, `${name}.`, byName(wanted.getValues()), byName(actual.getValues()), () => undefined);
  } else if (isInputObjectType(wanted) && isInputObjectType(actual)) {
    if (wanted.isOneOf !== actual.isOneOf) found.wrong.push(`${name}: @oneOf on one side only`);
    compareNames(found, `${name}.`, wanted.getFields(), actual.getFields(), (at, from, to) => compareInput(found, at, from, to));
    for (const field of Object.values(actual.getFields())) {
      if (!(field.name in wanted.getFields()) && isRequiredInputField(field)) found.wrong.push(`${name}.${field.name}: required beyond the contract`);
    }
  } else if (kindOf(wanted) !== kindOf(actual)) {
    found.wrong.push(`${name}: ${kindOf(actual)} instead of ${kindOf(wanted)}`);
  }
}

/** Interfaces of a type, members of a union. One whose own type is missing is reported there. */
function compareMembers(
  found: SchemaComparison, label: string, wanted: readonly GraphQLNamedType[], actual: readonly GraphQLNamedType[], built: Named<GraphQLNamedType>,
): void {
  const has = byName(actual);
  for (const { name } of wanted) if (name in built && !(name in has)) found.wrong.push(`${label} ${name}: not so`);
  const wants = byName(wanted);
  for (const { name } of actual) if (!(name in wants)) found.added.push(`${label} ${name}`);
}

function compareField(found: SchemaComparison, at: string, wanted: GraphQLField<unknown, unknown>, actual: GraphQLField<unknown, unknown>): void {
  compareTypeText(found, at, wanted, actual);
  compareNames(found, `${at}(`, byName(wanted.args), byName(actual.args), (coordinate, from, to) => compareInput(found, coordinate, from, to), ':)');
  for (const argument of actual.args) {
    if (!wanted.args.some(({ name }) => name === argument.name) && isRequiredArgument(argument)) {
      found.wrong.push(`${at}(${argument.name}:): required beyond the contract`);
    }
  }
}

function compareInput(found: SchemaComparison, at: string, wanted: GraphQLArgument | GraphQLInputField, actual: GraphQLArgument | GraphQLInputField): void {
  compareTypeText(found, at, wanted, actual);
  if (defaultOf(wanted) !== defaultOf(actual)) found.wrong.push(`${at}: default ${defaultOf(actual)} instead of ${defaultOf(wanted)}`);
}

function compareTypeText(found: SchemaComparison, at: string, wanted: { type: object }, actual: { type: object }): void {
  if (String(wanted.type) !== String(actual.type)) found.wrong.push(`${at}: ${String(actual.type)} instead of ${String(wanted.type)}`);
}

function defaultOf(input: GraphQLArgument | GraphQLInputField): string {
  const value = astFromValue(input.defaultValue, input.type);
  return value ? print(value) : 'none';
}

function byName<T extends { readonly name: string }>(list: readonly T[]): Named<T> {
  return Object.fromEntries(list.map((item) => [item.name, item]));
}

function kindOf(type: GraphQLNamedType): string {
  return type.astNode?.kind.replace('TypeDefinition', '') ?? 'nothing';
}
