import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { execute, Kind, TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { leafSchema } from './raw-json.js';

/** What stands in the way of answering an operation with text alone. */
interface Nature { readonly objects: boolean; readonly consistency: readonly string[] }

/** Looks at a document once: introspection and live fields need objects; so does `consistency: LIVE`, which may be a variable. */
function natureOf(schema: GraphQLSchema, document: DocumentNode): Nature {
  const types = new TypeInfo(schema);
  const consistency: string[] = [];
  let objects = false;
  visit(document, visitWithTypeInfo(types, { Field({ name, arguments: args }) {
    if (name.value === '__schema' || name.value === '__type' || types.getFieldDef()?.extensions['live']) objects = true;
    const value = args?.find((argument) => argument.name.value === 'consistency')?.value;
    if (value?.kind === Kind.ENUM && value.value === 'LIVE') objects = true;
    if (value?.kind === Kind.VARIABLE) consistency.push(value.name.value);
  } }));
  return { objects, consistency };
}

function isTextAlone({ objects, consistency }: Nature, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): boolean {
  if (objects || operation.operation !== 'query') return false;
  return consistency.every((name) => {
    const given = variables[name];
    if (given !== undefined) return given !== 'LIVE';
    const byDefault = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue;
    return !(byDefault?.kind === Kind.ENUM && byDefault.value === 'LIVE');
  });
}

/**
 * Operations that the mirror alone can answer go past the object machinery: the same document is executed on a twin
 * of the schema in which the mirror's root fields are leaves. Apollo skips its error hooks for such responses: hence `onErrors`.
 */
export function mirrorExecutor<C extends BaseContext>(schema: GraphQLSchema, onErrors: (errors: readonly Error[]) => GraphQLFormattedError[]): ApolloServerPlugin<C> {
  const leaves = leafSchema(schema);
  const natures = new WeakMap<DocumentNode, Nature>(); // bounded by Apollo's document store
  return { requestDidStart: async () => ({
    async responseForOperation({ document, operation, contextValue, operationName, request, response }) {
      if (!operation) return null; // no operation of the name asked for: Apollo says so
      const nature = natures.get(document) ?? natureOf(schema, document);
      natures.set(document, nature);
      if (!isTextAlone(nature, operation, request.variables ?? {})) return null;
      const { data, errors } = await execute({ schema: leaves, document, contextValue, operationName: operationName ?? undefined, variableValues: request.variables });
      if (data === undefined) return null; // bad variables: nothing has run, Apollo answers 400
      return { http: response.http, body: { kind: 'single', singleResult: errors ? { data, errors: onErrors(errors) } : { data } } };
    },
  }) };
}
