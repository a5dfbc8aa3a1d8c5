import { Kind, visit, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { DipperError } from '../errors.js';

/** Throws COST_LIMIT where selections lie deeper within each other than the limit; introspection does not count. The document is valid. */
function checkDepth(document: DocumentNode, operation: OperationDefinitionNode, limit: number): void {
  const fragments = new Map(document.definitions.filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]));
  const depths = new Map<string, number>(); // of fragments, each measured once
  const fragmentDepth = (name: string): number => {
    const known = depths.get(name) ?? depthOf(fragments.get(name)?.selectionSet);
    depths.set(name, known);
    return known;
  };
  const depthOf = (set: SelectionSetNode | undefined): number => Math.max(0, ...(set?.selections ?? []).map((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return depthOf(selection.selectionSet);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return fragmentDepth(selection.name.value);
    return selection.name.value.startsWith('__') ? 0 : 1 + depthOf(selection.selectionSet);
  }));
  const depth = depthOf(operation.selectionSet);
  if (depth > limit) throw new DipperError('COST_LIMIT', `The operation is ${depth} levels deep; at most ${limit} are answered.`);
}

/** Fields in one document, fragments counted once: nobody writes so many by hand. */
const MOST_FIELDS = 1000;

/** Refuses what would cost too much, or cannot be answered at all, before anything runs. The document is valid. */
export function checkOperation(document: DocumentNode, operation: OperationDefinitionNode, depth: number): void {
  if (operation.operation !== 'query') throw new DipperError('BAD_USER_INPUT', `dipper answers queries, not a ${operation.operation}.`);
  let fields = 0;
  visit(document, { Field() { fields += 1; } });
  if (fields > MOST_FIELDS) throw new DipperError('COST_LIMIT', `The document has ${fields} fields; at most ${MOST_FIELDS} are answered.`);
  checkDepth(document, operation, depth);
}
