import { Kind, visit, type FieldNode } from 'graphql';
import { DipperError } from '../errors.js';

/** A variable without a value would vanish from a filter, and so widen the query: it is refused. */
export function assertFilterVariables(node: FieldNode | undefined, variables: Readonly<Record<string, unknown>>): void {
  const where = node?.arguments?.find(({ name }) => name.value === 'where')?.value;
  if (!where || where.kind === Kind.VARIABLE) return; // a whole filter may be left out
  visit(where, { Variable({ name }) {
    if (variables[name.value] === undefined) throw new DipperError('BAD_USER_INPUT', `The variable $${name.value} is used in a filter and has no value.`);
  } });
}
