import { buildSchema, execute, getOperationAST, GraphQLError, isScalarType, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';
import { stringify } from 'lossless-json';
import { BigIntScalar, DateTimeScalar, JsonScalar, LfnScalar, UrlScalar } from '../../../src/schema/scalars.js';
import { DipperError } from '../../../src/errors.js';
import { naiveRoot } from './root.js';
import type { Catalogue } from './catalogue.js';

export interface Request { readonly query: string; readonly variables?: Readonly<Record<string, unknown>>; readonly operationName?: string }
export interface ReferenceError { readonly code: string; readonly path?: readonly (string | number)[]; readonly locations?: unknown }
/** The answer as JSON text of its data (undefined where nothing ran), and its errors. */
export interface ReferenceAnswer { readonly data: string | undefined; readonly errors: readonly ReferenceError[] }

/** The schema as it is printed, with nothing of dipper's resolvers; only the scalars know how values are written. */
export function referenceSchema(printed: string): GraphQLSchema {
  const schema = buildSchema(printed);
  for (const scalar of [BigIntScalar, DateTimeScalar, JsonScalar, LfnScalar, UrlScalar]) {
    const type = schema.getType(scalar.name);
    if (!isScalarType(type)) continue;
    type.parseValue = scalar.parseValue.bind(scalar);
    type.parseLiteral = scalar.parseLiteral.bind(scalar);
    type.serialize = (value) => value;
  }
  return schema;
}

const refused = (code: string, errors: readonly GraphQLError[]): ReferenceAnswer => ({ data: undefined, errors: errors.map(({ locations }) => ({ code, locations })) });

function codeOf({ originalError }: GraphQLError): string {
  if (originalError instanceof DipperError) return originalError.code;
  if (originalError) throw originalError; // a fault of the naive side
  return 'BAD_USER_INPUT'; // graphql-js itself refuses a value
}

/** What graphql-js answers by itself, with naive resolvers. */
export async function askReference(schema: GraphQLSchema, catalogue: Catalogue, { query, variables, operationName }: Request): Promise<ReferenceAnswer> {
  let document;
  try { document = parse(query); } catch (error) { return refused('GRAPHQL_PARSE_FAILED', [error as GraphQLError]); }
  const faults = validate(schema, document, specifiedRules);
  if (faults.length > 0) return refused('GRAPHQL_VALIDATION_FAILED', faults);
  const operation = getOperationAST(document, operationName);
  if (!operation) return refused('OPERATION_RESOLUTION_FAILURE', [new GraphQLError('No such operation.')]);
  const { data, errors = [] } = await execute({ schema, document, rootValue: naiveRoot(catalogue), variableValues: variables, operationName });
  if (data === undefined) return refused('BAD_USER_INPUT', errors);
  return { data: stringify(data)!, errors: atRoots(errors.map((error) => ({ code: codeOf(error), path: error.path!, locations: error.locations }))) };
}

/** A root field of the mirror is answered by one statement, so what is wrong below it is told once, at the root. Non-null fields take the data there by themselves. */
function atRoots(errors: readonly (ReferenceError & { readonly path: readonly (string | number)[] })[]): ReferenceError[] {
  const roots = new Map<string | number, ReferenceError>();
  for (const { code, path, locations } of errors) {
    const root = path[0]!;
    if (!roots.has(root)) roots.set(root, { code, path: [root], ...(path.length === 1 && { locations }) });
  }
  return [...roots.values()];
}
