import {
  getDirectiveValues, getNamedType, getNullableType, GraphQLIncludeDirective, GraphQLSkipDirective, isAbstractType, isCompositeType, isListType, isLeafType, Kind, SchemaMetaFieldDef, TypeMetaFieldDef,
  typeFromAST, valueFromASTUntyped, type FieldNode, type FragmentDefinitionNode, type GraphQLNamedType, type GraphQLObjectType, type GraphQLSchema, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode,
} from 'graphql';
import type { MetadataField } from '../../domain/metadata-field.js';
import { isBounded, isSearched, valuePoints } from './argument-cost.js';
import { orderPoints } from './order-cost.js';
import { COLUMN, OBJECT, objectPoints, OPERATION, prices, SCAN, SORT, totals, type Price } from './prices.js';

/** What an operation may cost, before it runs: see docs/security.md. */
export interface Cost { readonly points: number; readonly nodes: number }
/** Gives the cost of one operation with these variables, as the client sent them. Throws COST_LIMIT where a list is too long. */
export type OperationCost = (variables: Readonly<Record<string, unknown>>) => Cost;

export interface CostOptions {
  readonly schema: GraphQLSchema;
  readonly fields: readonly MetadataField[];
  readonly pageSize: number;
  /** Most values of one list in an argument. */
  readonly listValues: number;
}

/** What the objects around a selection decide. */
interface Around {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Objects on the page of the connection around. */
  readonly page: number;
  readonly isBounded: boolean;
  readonly isLive: boolean;
  /** Fragments are measured once for each place that makes a difference: else a few hundred letters could keep this busy for ever. */
  readonly known: Map<Measure, Map<string, Cost>>;
}
type Measure = (around: Around) => Cost;

const NOTHING: Cost = { points: 0, nodes: 0 };
const DEFAULT_PAGE = 100;
/** Lists of plain values that are not priced. */
const FEW = 3;

function sum(fixed: Cost, parts: readonly Measure[]): Measure {
  if (parts.length === 0) return () => fixed;
  return (around) => {
    let { points, nodes } = fixed;
    for (const part of parts) {
      const cost = part(around);
      points += cost.points;
      nodes += cost.nodes;
    }
    return { points, nodes };
  };
}

/** Looks at a valid document once; what it gives is fast, and knows all that does not depend on variables. */
export function operationCost(operation: OperationDefinitionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>, options: CostOptions): OperationCost {
  const { schema } = options;
  const ofFragments = new Map<string, Measure>();

  function selections(set: SelectionSetNode, type: GraphQLNamedType): Measure {
    let columns = 0;
    const parts: Measure[] = [];
    for (const selection of set.selections) {
      const part = ofSelection(selection, type);
      if (part) parts.push(selection.directives?.length ? ifIncluded(selection, part) : part);
      else columns += 1;
    }
    return sum({ points: columns * COLUMN, nodes: 0 }, parts);
  }

  /** Undefined for a plain column. */
  function ofSelection(selection: SelectionNode, type: GraphQLNamedType): Measure | undefined {
    if (selection.kind === Kind.FIELD) return ofField(selection, type);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value);
    return selections(selection.selectionSet, selection.typeCondition ? typeFromAST(schema, selection.typeCondition)! : type);
  }

  function ofFragment(name: string): Measure {
    const { selectionSet, typeCondition } = fragments.get(name)!;
    const made = ofFragments.get(name) ?? (() => {
      const inner = selections(selectionSet, typeFromAST(schema, typeCondition)!);
      const measure: Measure = (around) => {
        const places = around.known.get(measure) ?? new Map<string, Cost>();
        around.known.set(measure, places);
        const place = `${around.page} ${around.isBounded} ${around.isLive}`;
        const cost = places.get(place) ?? inner(around);
        places.set(place, cost);
        return cost;
      };
      return measure;
    })();
    ofFragments.set(name, made);
    return made;
  }

  function ofField(node: FieldNode, parent: GraphQLNamedType): Measure | undefined {
    const name = node.name.value;
    if (name === '__typename') return undefined;
    const field = name === '__schema' ? SchemaMetaFieldDef : name === '__type' ? TypeMetaFieldDef : (parent as GraphQLObjectType).getFields()[name]!;
    const type = getNamedType(field.type);
    const isList = isListType(getNullableType(field.type));
    const total = parent.name === 'FileConnection' ? totals[name] : undefined;
    const price: Price | undefined = prices[`${parent.name}.${name}`];
    const args = node.arguments ?? [];
    if (isLeafType(type) && !price && !total && args.length === 0 && !isList) return undefined;

    // A literal without variables is worth the same each time.
    const values = args.map(({ name: { value: key }, value }) => {
      const literal = hasVariable(value) ? undefined : { value: valueFromASTUntyped(value) as unknown };
      return { key, of: (variables: Around['variables']) => (literal ? literal.value : valueFromASTUntyped(value, variables as Record<string, unknown>) as unknown), points: literal && pointsOf(key, literal.value) };
    });
    const below = node.selectionSet && isCompositeType(type) ? selections(node.selectionSet, type) : undefined;
    const each = isLeafType(type) ? COLUMN : isAbstractType(type) || !(type.name in objectPoints) ? OBJECT : objectPoints[type.name]!;
    const isConnection = type.name.endsWith('Connection');

    return (around) => {
      const given: Record<string, unknown> = {};
      let points = price?.points ?? 0;
      for (const { key, of, points: known } of values) {
        given[key] = of(around.variables);
        points += known ?? pointsOf(key, given[key]);
      }
      const isLive = around.isLive || given['consistency'] === 'LIVE';
      if (isLive && price?.live) points += price.live;
      if (total) points += around.isBounded ? total.bounded : total.free;
      if (type.name === 'FileConnection') points += listPoints(given, parent);
      const rows = price?.rows === 'page' ? around.page : price?.rows ?? (isList ? FEW : 1);
      const cost = below?.({
        ...around, isLive,
        page: isConnection ? pageOf(given) : Array.isArray(given['lfns']) ? given['lfns'].length : name === 'facet' ? among(given['limit'], 20) : type.name.endsWith('Edge') ? around.page : 0,
        isBounded: isConnection ? parent.name === 'Dataset' || isBounded(given['where'], options.fields) : type.name === 'Facet' && around.isBounded,
      }) ?? NOTHING;
      return { points: points + rows * (each + cost.points), nodes: (isLeafType(type) ? 0 : rows) + rows * cost.nodes };
    };
  }

  /** A dataset has few files. */
  function listPoints({ orderBy, where }: Readonly<Record<string, unknown>>, parent: GraphQLNamedType): number {
    const order = orderPoints(orderBy, where, options.fields);
    return parent.name === 'Dataset' ? Math.min(order, SORT.few) : order + (isSearched(where, options.fields) ? SCAN : 0);
  }

  // Names have a limit of their own.
  const pointsOf = (name: string, value: unknown) => valuePoints(value, name === 'lfns' ? Infinity : options.listValues);
  const among = (asked: unknown, byDefault: number) => Math.min(Math.max(1, Number(asked ?? byDefault) || 1), options.pageSize); // what is no page size is refused later
  const pageOf = ({ first, last }: Readonly<Record<string, unknown>>) => among(first ?? last, DEFAULT_PAGE);

  const all = selections(operation.selectionSet, schema.getRootType(operation.operation)!);
  const defaults = Object.fromEntries((operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) => (defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue) as unknown]] : [])));
  return (variables) => {
    const { points, nodes } = all({ variables: { ...defaults, ...variables }, page: 0, isBounded: false, isLive: false, known: new Map() });
    return { points: Math.ceil(OPERATION + points), nodes };
  };
}

/** A selection that is skipped costs nothing. */
const ifIncluded = (selection: SelectionNode, part: Measure): Measure => (around) => {
  const variables = around.variables as Record<string, unknown>;
  try {
    if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.['if'] === true || getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.['if'] === false) return NOTHING;
  } catch { /* a variable that is no boolean: the operation is refused before it runs */ }
  return part(around);
};

function hasVariable(value: NonNullable<FieldNode['arguments']>[number]['value']): boolean {
  if (value.kind === Kind.VARIABLE) return true;
  if (value.kind === Kind.LIST) return value.values.some(hasVariable);
  return value.kind === Kind.OBJECT && value.fields.some((field) => hasVariable(field.value));
}
