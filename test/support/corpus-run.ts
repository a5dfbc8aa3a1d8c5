import { isDeepStrictEqual } from 'node:util';
import { Kind, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import type { Operation, Variables } from '../corpus/operation.js';
import { ask, type Answer } from './ask.js';
import { CursorPairs, difference, readOrdered } from './corpus-compare.js';
import type { Catalogue } from './naive/catalogue.js';
import { askReference, type ReferenceAnswer, type ReferenceError, type Request } from './naive/reference.js';
import { parseExactly } from './parse-exactly.js';

/** dipper on one side, graphql-js with naive resolvers on the other. */
export interface Sides {
  readonly url: string;
  /** How many statements dipper has sent to the mirror so far. */
  readonly statements: () => number;
  readonly schema: GraphQLSchema;
  readonly catalogue: Catalogue;
}

const FORCED = 'objectsPath';
const forced = `${FORCED}: __schema { queryType { name } }`;

/** The same query with introspection at the end of each operation, which takes it off the way of text; undefined where it cannot be read. */
export function onObjects(query: string): string | undefined {
  let document: DocumentNode;
  try { document = parse(query); } catch { return undefined; }
  const ends = document.definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? [definition.selectionSet.loc!.end - 1] : []));
  return ends.reverse().reduce((text, end) => `${text.slice(0, end)} ${forced} ${text.slice(end)}`, query);
}

interface Body { readonly data?: unknown; readonly errors?: readonly (Omit<ReferenceError, 'code'> & { readonly extensions: { readonly code: string } })[]; readonly extensions?: unknown }

/** Errors in no order: resolvers that run side by side have none. */
const inOrder = (errors: readonly ReferenceError[]) => errors.map(({ code, path, locations }) => JSON.stringify([path ?? null, code, locations])).sort();

/** How an answer differs; places in the document are compared where the document is the same, and the reference has them. */
export function compare(expected: ReferenceAnswer, answered: Answer, cursors: CursorPairs, sameDocument: boolean): string | undefined {
  const body = parseExactly(answered.text) as Body;
  const isPlaced = (path: ReferenceError['path']) => sameDocument && expected.errors.some((one) => one.locations !== undefined && isDeepStrictEqual(one.path, path));
  const plain = ({ code, path, locations }: ReferenceError) => ({ code, ...(path && { path }), ...(isPlaced(path) && { locations }) });
  const [wanted, told] = [inOrder(expected.errors.map(plain)), inOrder((body.errors ?? []).map(({ extensions: { code }, ...rest }) => plain({ ...rest, code })))];
  if (!isDeepStrictEqual(wanted, told)) return `errors: expected ${wanted.join(' ')}, answered ${JSON.stringify(answered.errors)}`;
  if (expected.data === undefined) return 'data' in body ? 'data where nothing has run' : undefined;
  return difference(readOrdered(`{"data":${expected.data}}`), withoutForced(readOrdered(answered.text)), cursors);
}

type Tree = ReturnType<typeof readOrdered>;
/** The answer's data alone, without what was added. */
function withoutForced(answer: Tree): Tree {
  if (typeof answer !== 'object' || answer === null || !('pairs' in answer)) return answer;
  return { pairs: answer.pairs.filter(([key]) => key === 'data').map(([key, data]) => [key, typeof data === 'object' && data !== null && 'pairs' in data ? { pairs: data.pairs.filter(([name]) => name !== FORCED) } : data]) };
}

const at = (data: unknown, path: readonly (string | number)[]): unknown => path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key], data);

/** What differs in any run of the operation, with any of its sets of variables, on either way through dipper; a list of sentences. */
export async function runOperation(sides: Sides, operation: Operation): Promise<string[]> {
  const found: string[] = [];
  for (const variables of operation.variables ?? [{}]) found.push(...await runWith(sides, operation, variables));
  return found;
}

async function runWith(sides: Sides, { query, operationName, follow, refused, live }: Operation, first: Variables): Promise<string[]> {
  const found: string[] = [];
  const cursors = new CursorPairs();
  let own: Variables = first;
  let theirs: Variables = first;
  const objects = onObjects(query);
  for (let page = 1; page <= (follow?.pages ?? 30); page += 1) {
    const tell = (what: string) => { found.push(`${JSON.stringify(own).slice(0, 300)}, page ${page}: ${what}`); };
    const request: Request = { query, variables: theirs, ...(operationName !== undefined && { operationName }) };
    const expected: ReferenceAnswer = refused === undefined ? await askReference(sides.schema, sides.catalogue, request) : { data: 'null', errors: [{ code: refused, path: ['files'] }] };
    const check = async (text: string, sameDocument: boolean): Promise<Answer> => {
      const before = sides.statements();
      const answered = await ask(sides.url, text, own, operationName);
      const statements = sides.statements() - before;
      const differs = compare(expected, answered, cursors, sameDocument);
      if (differs) tell(`${sameDocument ? '' : 'by objects: '}${differs}`);
      // What an empty answer is told beside it, and which of several fields an error is of, may take more; Rucio's answers, too.
      const mayTakeMore = live || answered.errors || (parseExactly(answered.text) as Body).extensions;
      if (!mayTakeMore && statements > 1) tell(`${statements} statements`);
      return answered;
    };
    const answered = await check(query, true);
    if (objects !== undefined && !live && page === 1) await check(objects, false);
    if (!follow || found.length > 0) break;
    const [next, naive] = [at(answered.data, follow.cursor), at(parseExactly(expected.data ?? 'null'), follow.cursor)];
    if (typeof next !== 'string' || typeof naive !== 'string') break;
    own = { ...own, ...follow.then, [follow.variable]: next };
    theirs = { ...theirs, ...follow.then, [follow.variable]: naive };
  }
  return found;
}
