import { GraphQLNonNull, GraphQLObjectType, GraphQLScalarType, GraphQLSchema, isNonNullType, type FormattedExecutionResult } from 'graphql';
import { isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json';

/** JSON that Postgres has written, to go through as text. */
export class RawJson {
  constructor(readonly text: string) {}
  /** For whoever does not use stringifyResult. */
  toJSON(): unknown { return parseJson(this.text); }
}

/** Objects of a JSON text. Numbers that JavaScript would round become bigint or keep their digits, so that nothing is lost. */
export const parseJson = (text: string): unknown =>
  parse(text, undefined, (digits) => (isSafeNumber(digits) ? Number(digits) : /^-?\d+$/.test(digits) ? BigInt(digits) : new LosslessNumber(digits)));

const RawJsonType = new GraphQLScalarType({ name: 'RawJson', description: 'A subtree as text.', serialize: (value) => value });

/** The same schema with the mirror's root fields as leaves, whose selections execute() never enters. Not to validate with, nor to show. */
export function leafSchema(schema: GraphQLSchema): GraphQLSchema {
  const { types, ...config } = schema.toConfig();
  const { fields, ...query } = config.query!.toConfig();
  const leaves = Object.entries(fields).map(([name, field]) => [name, !field.extensions?.['mirror'] ? field
    : { ...field, type: isNonNullType(field.type) ? new GraphQLNonNull(RawJsonType) : RawJsonType }] as const);
  return new GraphQLSchema({ ...config, types: types.filter((type) => type !== config.query), query: new GraphQLObjectType({ ...query, fields: Object.fromEntries(leaves) }) });
}

/** For Apollo's option of this name: JSON.stringify that lets RawJson through at the root, where it can be, and bigint as numbers. */
export function stringifyResult({ errors, data, extensions }: FormattedExecutionResult): string {
  const parts = [...(errors ? [`"errors":${stringify(errors)}`] : []), ...(data === undefined ? [] : [`"data":${dataText(data)}`]), ...(extensions ? [`"extensions":${stringify(extensions)}`] : [])];
  return `{${parts.join(',')}}`;
}

function dataText(data: NonNullable<FormattedExecutionResult['data']> | null): string {
  if (data === null) return 'null';
  const members = Object.entries(data).filter(([, value]) => value !== undefined)
    .map(([key, value]) => `"${key}":${value instanceof RawJson ? value.text : stringify(value)}`);
  return `{${members.join(',')}}`;
}
