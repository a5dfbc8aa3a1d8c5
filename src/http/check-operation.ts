import { Kind, visit, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { DipperError } from '../errors.js';
import { operationCost, type Cost, type CostOptions, type OperationCost } from '../read/cost/operation-cost.js';

export interface OperationLimits extends CostOptions {
  /** Most levels of selections within each other. */
  readonly depth: number;
  /** Most points. */
  readonly cost: number;
  /** Most objects in an answer. */
  readonly nodes: number;
}

/** What is known of an operation whatever its variables are. */
interface Looked { readonly depth: number; readonly introspects: boolean; readonly cost: OperationCost }

/** How deep selections lie within each other; introspection does not count. The document is valid. */
function depthOf(operation: OperationDefinitionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): number {
  const depths = new Map<string, number>(); // of fragments, each measured once
  const fragmentDepth = (name: string): number => {
    const known = depths.get(name) ?? below(fragments.get(name)?.selectionSet);
    depths.set(name, known);
    return known;
  };
  const below = (set: SelectionSetNode | undefined): number => Math.max(0, ...(set?.selections ?? []).map((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return below(selection.selectionSet);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return fragmentDepth(selection.name.value);
    return selection.name.value.startsWith('__') ? 0 : 1 + below(selection.selectionSet);
  }));
  return below(operation.selectionSet);
}

function introspects(document: DocumentNode): boolean {
  let found = false;
  visit(document, { Field({ name }) { if (name.value === '__schema' || name.value === '__type') found = true; } });
  return found;
}

/** Checks operations before anything runs. Each document is looked at once: Apollo keeps those that come again. */
export function createOperationCheck(limits: OperationLimits): (document: DocumentNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>, mayIntrospect: boolean) => Cost {
  const looked = new WeakMap<OperationDefinitionNode, Looked>();
  function look(document: DocumentNode, operation: OperationDefinitionNode): Looked {
    const fragments = new Map(document.definitions.filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]));
    const found = { depth: depthOf(operation, fragments), introspects: introspects(document), cost: operationCost(operation, fragments, limits) };
    looked.set(operation, found);
    return found;
  }

  return (document, operation, variables, mayIntrospect) => {
    if (operation.operation === 'subscription') throw new DipperError('BAD_USER_INPUT', 'dipper answers queries and mutations, not a subscription.');
    const { depth, introspects: asksForSchema, cost: costOf } = looked.get(operation) ?? look(document, operation);
    if (asksForSchema && !mayIntrospect) throw new DipperError('FORBIDDEN', 'The schema is shown only to who may see it: sign in, or read schema.graphql.');
    if (depth > limits.depth) throw new DipperError('COST_LIMIT', `The operation is ${depth} levels deep; at most ${limits.depth} are answered (limits.depth).`);
    const cost = costOf(variables);
    if (cost.nodes > limits.nodes) throw new DipperError('COST_LIMIT', `The operation may give ${told(cost.nodes)} objects; at most ${limits.nodes} are answered (limits.nodes). Ask for smaller pages.`);
    if (cost.points > limits.cost) throw new DipperError('COST_LIMIT', `The operation costs ${told(cost.points)} points; at most ${limits.cost} are answered (limits.cost). Ask for less at once.`);
    return cost;
  };
}

const told = (count: number) => (Number.isSafeInteger(Math.round(count)) ? String(Math.round(count)) : 'very many');
