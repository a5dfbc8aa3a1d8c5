import { isEnumType, isInputObjectType, isListType, isNonNullType, type GraphQLInputType } from 'graphql';
import { stringify } from 'lossless-json';

const members = (parts: readonly string[]) => (parts.length > 0 ? `{ ${parts.join(', ')} }` : '{}');

/** JSON as it is written in GraphQL; a key that is no name there keeps its quotes. */
function printJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return stringify(value)!;
  return members(Object.entries(value).map(([key, one]) => `${/^[_A-Za-z]\w*$/.test(key) ? key : JSON.stringify(key)}: ${printJson(one)}`));
}

/** An input value, after its variables have been filled in, as one would write it in GraphQL. */
export function printInput(value: unknown, type: GraphQLInputType): string {
  if (value === null) return 'null';
  if (isNonNullType(type)) return printInput(value, type.ofType);
  if (isListType(type)) return `[${(value as unknown[]).map((one) => printInput(one, type.ofType)).join(', ')}]`;
  if (isInputObjectType(type)) {
    const fields = type.getFields();
    // What must be there comes first, such as the key of a condition.
    const given = Object.entries(value as object).filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => Number(isNonNullType(fields[b]!.type)) - Number(isNonNullType(fields[a]!.type)));
    return members(given.map(([name, one]) => `${name}: ${printInput(one, fields[name]!.type)}`));
  }
  if (isEnumType(type)) return String(type.serialize(value));
  return type.name === 'BigInt' ? String(value) : printJson(value); // 64-bit integers come as text
}
