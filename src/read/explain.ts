import { execute, parse, print, validate, valueFromAST, type GraphQLInputType, type GraphQLSchema } from 'graphql';
import { sql } from 'kysely';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import type { Planner } from '../datasources/mirror/planner.js';
import { DipperError } from '../errors.js';
import { fileAccesses, findNode, wholeEstimates, type FileAccess } from './explain-access.js';
import { fileCondition } from './filter/file-filter.js';
import { filterParts } from './filter-parts.js';
import { Mirror } from './mirror.js';
import { parseFilter } from './parse-filter.js';
import { createPositions } from './position.js';
import { printInput } from './print-input.js';
import type { KnownRses, RseList } from './known-rses.js';
import { leafSchema } from './raw-json.js';
import type { ReadRequest } from './request.js';
import { compile, table, type Sql } from './sql.js';

export interface ExplainedCondition {
  readonly condition: string;
  /** How many files fit it alone. */
  readonly files: number;
  /** Whether an index can find them. */
  readonly indexed: boolean;
}

/** What a filter costs. All numbers of files are Postgres' estimates. */
export interface Explanation {
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly first: number;
  /** The one statement that the server sends. */
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly files: { readonly all: number; readonly matching: number };
  readonly accesses: readonly FileAccess[];
  /** Files looked at for one page, and at most: where those that fit stand together at the wrong end. */
  readonly lookedAt: { readonly page: number; readonly most: number };
  readonly conditions: readonly ExplainedCondition[];
  readonly orderIndexed: boolean;
  /** bounded: one index serves condition and order, ties sorted after it, or at most 10,000 files are looked at for nothing. */
  readonly cost: 'bounded' | 'unbounded';
  readonly reason: string;
  readonly warnings: readonly string[];
}

export interface ExplainOptions {
  readonly schema: GraphQLSchema;
  readonly rses: KnownRses;
  readonly request: (rses: RseList) => ReadRequest;
  readonly planner: Planner;
  readonly timeoutSeconds: number;
}

/** `filter` as it is written in GraphQL, with or without its braces; `orderBy` as START_TIME, or START_TIME desc. */
export interface ExplainQuestion { readonly filter: string; readonly orderBy: readonly string[]; readonly first: number }

const BOUNDED = 10_000;
/** Estimates of the same thing may differ by so much. */
const SLACK = 1.1;

const refuse = (message: string) => new DipperError('BAD_USER_INPUT', message);

function orderInput(text: string): string {
  const [, field, direction = 'ASC'] = /^\s*(\w+)(?:\s+(asc|desc))?\s*$/i.exec(text) ?? [];
  if (!field) throw refuse(`${JSON.stringify(text)} is not an order. It is written as START_TIME, or START_TIME desc.`);
  return `{ field: ${field}, direction: ${direction.toUpperCase()} }`;
}

/** The statement of the server for an operation: it is written by the same code, and noted instead of sent. */
async function statementOf(operation: string, { schema, rses, request }: ExplainOptions): Promise<{ sql: string; parameters: readonly unknown[] }> {
  const document = parse(operation);
  const faults = validate(schema, document);
  if (faults.length > 0) throw refuse(faults.map(({ message }) => message).join('\n'));
  const sent: { sql: string; parameters: readonly unknown[] }[] = [];
  const { version } = await rses.last();
  const pool = { row({ text, values }) {
    sent.push({ sql: text, parameters: values });
    return Promise.resolve(['{}', version]);
  } } as Pick<MirrorPool, 'row'> as MirrorPool;
  const mirror = new Mirror({ pool, rses, request, positions: createPositions(pool), signal: new AbortController().signal });
  const { errors } = await execute({ schema: leafSchema(schema), document, contextValue: { mirror } });
  if (errors) throw errors[0]!.originalError ?? errors[0]!;
  return sent[0]!;
}

/** Whoever walks in order stops when the page is full; one more file tells whether another page follows. */
function lookedAtForPage(accesses: readonly FileAccess[], first: number, matching: number): number {
  const passing = accesses.reduce((sum, access) => sum + access.passing, 0);
  const share = Math.min(1, matching / Math.max(1, passing)); // joins check, too
  let wanted = first + 1;
  let files = 0;
  for (const access of accesses) {
    if (wanted <= 0) break;
    const fitting = access.passing * share;
    files += access.sorted === 'all' ? access.files : access.files * Math.min(1, wanted / Math.max(1, fitting));
    wanted -= fitting;
  }
  return Math.ceil(files);
}

/** Says how a page of files would be found, and what it costs; nothing is read. Errors are those that the server would give. */
export async function explain({ filter, orderBy, first }: ExplainQuestion, options: ExplainOptions): Promise<Explanation> {
  const { schema, planner, timeoutSeconds } = options;
  const value = parseFilter(filter);
  const operation = (where: string) => `{ files(${where} orderBy: [${orderBy.map(orderInput).join(', ')}], first: ${first}) { nodes { lfn } pageInfo { hasNextPage endCursor } } }`;
  const statement = await statementOf(operation(`where: ${print(value)}`), options);
  const type = schema.getType('FileFilter') as GraphQLInputType;
  const where = valueFromAST(value, type) as object;

  const request = options.request(await options.rses.last());
  const files = request.filter.tables.file;
  const row = table('m');
  const matchingOf = (part: object): Sql => sql`select from ${files} as ${row.alias} where ${fileCondition(row, part, request.filter)}`;
  const estimate = async (part: object, settings = {}) => planner(compile(matchingOf(part)), { ...wholeEstimates, ...settings });
  const all = (await estimate({}))['Plan Rows'];
  const matching = (await estimate(where))['Plan Rows'];
  const look = { planner, table: files, all };

  const conditions: ExplainedCondition[] = [];
  for (const { filter: part } of filterParts(where)) {
    const plan = await estimate(part, { enable_seqscan: 'off' });
    const indexed = (await fileAccesses(plan, look)).every(({ found }) => found.length > 0);
    conditions.push({ condition: printInput(part, type).slice(2, -2), files: plan['Plan Rows'], indexed });
  }
  // An order has an index where its whole list comes out of one, but for few files without a value.
  const ordered = await planner(await statementOf(operation(''), options), { ...wholeEstimates, enable_sort: 'off' });
  const page = (plan: typeof ordered) => findNode(plan, (node) => node['Subplan Name'] === 'CTE page0') ?? plan;
  const orderIndexed = (await fileAccesses(page(ordered), look)).every(({ sorted, found, files: number }) => sorted !== 'all' || (found.length > 0 && number <= BOUNDED));

  const accesses = await fileAccesses(page(await planner(statement, wholeEstimates)), look);
  const most = accesses.reduce((sum, access) => sum + access.files, 0);
  const lookedAt = { page: lookedAtForPage(accesses, first, matching), most };
  const oneIndex = accesses.every(({ sorted, indexes, files: number }) => number <= BOUNDED || (sorted !== 'all' && indexes.length === 1)) && most <= SLACK * matching + BOUNDED;
  const cost = oneIndex || most <= BOUNDED ? 'bounded' : 'unbounded';

  const count = (number: number) => number.toLocaleString('en');
  const allowed = cost === 'bounded' ? '' : `; allowed only within the statement timeout of ${timeoutSeconds} s`;
  const meaning = accesses.every(({ found }) => found.length > 0)
    ? `it is checked on the files that an index finds for the rest, about ${count(most)} in all${allowed}.` : `every file is looked at until the page is full${allowed}.`;
  const reason = accesses.length === 0 ? 'no file can match' : most <= BOUNDED ? `at most ${count(most)} files are looked at` : oneIndex ? 'one index serves condition and order'
    : `no single index serves condition and order, so up to ${count(most)} files are looked at${allowed}`;
  const warnings = [
    ...conditions.filter(({ indexed }) => !indexed).map(({ condition }) => `No index serves ${condition}: ${meaning}`),
    ...(orderIndexed ? [] : [`No index serves the order ${orderBy.join(', ')}: all files that fit, about ${count(matching)}, are found and sorted for each page${allowed}.`]),
  ];
  return {
    filter: printInput(where, type), orderBy, first, sql: statement.sql, values: statement.parameters, files: { all, matching },
    accesses, lookedAt, conditions, orderIndexed, cost, reason, warnings,
  };
}
