import { GraphQLError, Kind, parseValue, type ObjectValueNode } from 'graphql';
import { DipperError } from '../errors.js';

const refuse = (message: string) => new DipperError('BAD_USER_INPUT', message);

/** A filter as it is written in GraphQL, with or without its braces. */
export function parseFilter(text: string): ObjectValueNode {
  try {
    const value = parseValue(/^\s*\{/.test(text) ? text : `{ ${text} }`);
    if (value.kind !== Kind.OBJECT) throw refuse('A filter is an object.');
    return value;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw refuse(`The filter cannot be read: ${error.message}`);
  }
}
