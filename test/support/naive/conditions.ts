import { Kind, visit, type GraphQLResolveInfo } from 'graphql';
import { DipperError } from '../../../src/errors.js';
import { fitsCondition, type Condition } from '../metadata-oracle.js';
import { compareKeys, microseconds, type Key } from './values.js';

// The filter language by the words of the contract, over plain values.

export type Input = Readonly<Record<string, unknown>>;
export type Test<R> = (row: R) => boolean;

export const refuse = (message: string): never => { throw new DipperError('BAD_USER_INPUT', message); };

/** What an input object holds; a null in it would widen the query. */
export function given(input: Input): [name: string, value: unknown][] {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  if (entries.some(([, value]) => value === null)) refuse('A condition is null.');
  return entries;
}

function operators(input: Input): [name: string, value: unknown][] {
  const entries = given(input).filter(([name]) => name !== 'key');
  return entries.length > 0 ? entries : refuse('A condition has no operator.');
}

/** Letter by letter, `_` for any letter, % for any text, as the rest of both allows. */
export function fitsPattern(text: string, pattern: string): boolean {
  const parts = [...pattern.matchAll(/\\([^])|%|_|[^]/gu)].map(([part, escaped]) => (escaped !== undefined ? { letter: escaped } : part === '%' ? { any: true } : part === '_' ? {} : { letter: part }));
  let reached = new Set([0]);
  const letters = [...text];
  const spread = (at: Set<number>) => { for (const place of at) if (parts[place] && 'any' in parts[place]) at.add(place + 1); return at; };
  spread(reached);
  for (const letter of letters) {
    const next = new Set<number>();
    for (const place of reached) {
      const part = parts[place];
      if (!part) continue;
      if ('any' in part) next.add(place);
      else if (!('letter' in part) || part.letter === letter) next.add(place + 1);
    }
    reached = spread(next);
  }
  return reached.has(parts.length);
}

function checkPattern(pattern: string): void {
  const bare = pattern.replace(/\\[^]/gu, '');
  if (bare.includes('\\')) refuse('A pattern ends with a backslash.');
  if ([...bare].filter((letter) => letter === '%').length > 3) refuse('A pattern has more than three %.');
}

const readers: Readonly<Record<string, (value: unknown) => Key>> = {
  String, BigInt: (value) => BigInt(String(value)), Int: (value) => BigInt(String(value)), DateTime: (value) => microseconds(String(value)),
};

/** Conditions on one value of a type by its GraphQL name; [Int] is a set. */
export function valueTest(type: string, input: Input): Test<unknown> {
  const tests = operators(input).map(([name, value]): Test<unknown> => {
    if (name === 'isNull') return (stored) => (stored === null) === value;
    const fits = type === '[Int]' ? setTest(name, value as number[]) : scalarTest(name, value, readers[type]!);
    return (stored) => stored !== null && fits(stored);
  });
  return (stored) => tests.every((test) => test(stored));
}

function setTest(name: string, value: readonly number[]): Test<unknown> {
  const wanted = new Set(value);
  const all = (stored: ReadonlySet<number>) => value.every((one) => stored.has(one));
  const only = (stored: ReadonlySet<number>) => [...stored].every((one) => wanted.has(one));
  const tests: Record<string, (stored: ReadonlySet<number>) => boolean> = {
    eq: (stored) => all(stored) && only(stored), containsAll: all, containedIn: only, containsAny: (stored) => value.some((one) => stored.has(one)),
  };
  return (stored) => tests[name]!(new Set(stored as number[]));
}

function scalarTest(name: string, value: unknown, read: (value: unknown) => Key): Test<unknown> {
  if (name === 'like') checkPattern(String(value));
  const sign = (stored: unknown, other: unknown) => compareKeys(read(stored), read(other));
  const list = Array.isArray(value) ? value as unknown[] : [value];
  const tests: Record<string, Test<unknown>> = {
    eq: (stored) => sign(stored, value) === 0, ne: (stored) => sign(stored, value) !== 0,
    lt: (stored) => sign(stored, value) < 0, lte: (stored) => sign(stored, value) <= 0,
    gt: (stored) => sign(stored, value) > 0, gte: (stored) => sign(stored, value) >= 0,
    in: (stored) => list.some((one) => sign(stored, one) === 0), notIn: (stored) => list.every((one) => sign(stored, one) !== 0),
    startsWith: (stored) => String(stored).startsWith(String(value)), contains: (stored) => String(stored).includes(String(value)),
    like: (stored) => fitsPattern(String(stored), String(value)),
  };
  return tests[name]!;
}

/** and, or, not, and what stands between them. */
export function tree<R>(input: Input, leaf: (name: string, value: unknown) => Test<R>): Test<R> {
  const tests = given(input).map(([name, value]): Test<R> => {
    if (name !== 'and' && name !== 'or' && name !== 'not') return leaf(name, value);
    const branches = [value].flat().map((branch) => tree(branch as Input, leaf));
    if (name === 'not') return (row) => !branches[0]!(row);
    return name === 'and' ? (row) => branches.every((test) => test(row)) : (row) => branches.some((test) => test(row));
  });
  return (row) => tests.every((test) => test(row));
}

export function metadataTest(conditions: readonly Input[]): Test<{ readonly metadata: Input }> {
  for (const condition of conditions) {
    for (const [name, value] of operators(condition)) {
      if (name === 'like') checkPattern(String(value));
      if (Array.isArray(value) && (name === 'in' || name === 'notIn') && value.includes(null)) refuse('A list has a null in it.');
    }
  }
  return ({ metadata }) => conditions.every((condition) => fitsCondition(metadata, condition as Condition));
}

/** A variable inside a filter must have a value; a whole filter may be left out. */
export function checkFilterVariables({ fieldNodes, variableValues }: GraphQLResolveInfo): void {
  const where = fieldNodes[0]?.arguments?.find(({ name }) => name.value === 'where')?.value;
  if (!where || where.kind === Kind.VARIABLE) return;
  visit(where, { Variable({ name }) { if (variableValues[name.value] === undefined) refuse(`$${name.value} has no value.`); } });
}
