import { responsePathAsArray, type GraphQLInputType, type GraphQLObjectType } from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js'; // see look.ts
import { sql } from 'kysely';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { DipperError } from '../errors.js';
import { fileCondition } from './filter/file-filter.js';
import { filterParts, type FilterPart } from './filter-parts.js';
import { keysQuery, readValues, valuesQuery, type HintValues } from './hint-values.js';
import type { Look } from './look.js';
import { printInput } from './print-input.js';
import { compile, table, type Sql } from './sql.js';

export interface HintCondition extends Partial<HintValues> {
  /** As one would write it in the filter. */
  readonly condition: string;
  /** How many files fit this condition alone, of those that the viewer may see; null where time was up. */
  readonly files: number | null;
  /** There are more than `files`. */
  readonly more?: true;
  /** Keys that metadata have, where none seems to have the condition's. */
  readonly keys?: readonly unknown[];
}

/** Why a page of files is empty. */
export interface Hint { readonly path: readonly (string | number)[]; readonly message: string; readonly conditions: readonly HintCondition[] }

/** Marks statements that are not the answer's. */
export const HINT = '/* hint */';

/** For all hints of a request together. */
const TIME_MS = 1000;
const MOST_COUNTED = 10_000;
const MOST_CONDITIONS = 20;
const LONGEST_CONDITION = 200;
/** No answer without files is longer, unless somebody plays with aliases. */
const LONGEST_EMPTY = 4096;

/** Whether the answer of a root field is a list of files that has none. What is read of it tells: no SQL is spent on this. */
export function isEmptyList({ info, args }: Look, text: string): boolean {
  const isAsked = info.fieldName === 'files' && info.path.prev === undefined && args['after'] == null && args['before'] == null;
  if (!isAsked || text.length > LONGEST_EMPTY) return false;
  const answer = JSON.parse(text) as Record<string, unknown>;
  const type = info.schema.getType('FileConnection') as GraphQLObjectType;
  return [...collectSubfields(info.schema, info.fragments, info.variableValues, type, info.fieldNodes)].some(([key, [node]]) => {
    const name = node!.name.value;
    return name === 'totalCount' ? Number(answer[key]) === 0 : (name === 'nodes' || name === 'edges') && (answer[key] as unknown[] | undefined)?.length === 0;
  });
}

const countQuery = ({ filter }: FilterPart, { request }: Look): Sql => {
  const row = table('m');
  return sql`select count(*) from (select from ${request.filter.tables.file} as ${row.alias} where ${fileCondition(row, filter, request.filter)} limit ${sql.lit(MOST_COUNTED + 1)}) found`;
};

function conditionText({ filter }: FilterPart, { info }: Look): string {
  const text = printInput(filter, info.schema.getType('FileFilter') as GraphQLInputType).slice(2, -2);
  return text.length > LONGEST_CONDITION ? `${text.slice(0, LONGEST_CONDITION).toWellFormed()}...` : text;
}

function messageOf(conditions: readonly HintCondition[], left: number): string {
  if (conditions.length === 0) return 'There are no files.';
  const alone = conditions.filter(({ files }) => files === 0).map(({ condition }) => condition);
  if (alone.length > 0) return `No file fits ${alone.join(', nor ')}.`;
  if (left > 0 || conditions.some(({ files }) => files === null)) return 'No file fits all conditions together. Not every condition could be counted alone.';
  return conditions.length > 1 ? 'Files fit each condition alone, but none fits all of them.' : 'No file fits when the page was read; there are some now.';
}

/** Hints for the empty lists of one request: how many files fit each condition alone, and which values there are. */
export async function explainEmptiness(empty: readonly Look[], pool: MirrorPool, signal: AbortSignal): Promise<Hint[]> {
  const end = performance.now() + TIME_MS;
  const lists = empty.map((look) => ({ look, parts: filterParts((look.args['where'] ?? {}) as object) }));
  let steps = 2 * lists.reduce((sum, { parts }) => sum + Math.min(parts.length, MOST_CONDITIONS), 0);

  /** Each step may take its share of the time that is left; null where that was not enough. */
  async function ask(query: Sql): Promise<string | null> {
    const ms = Math.floor((end - performance.now()) / Math.max(1, steps));
    steps -= 1;
    if (ms < 1 || signal.aborted) return null;
    const stop = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
    // The pool may let wait for a connection longer than that.
    const late = new Promise<null>((resolve) => { stop.addEventListener('abort', () => { resolve(null); }, { once: true }); });
    const { sql: text, parameters: values } = compile(sql`${sql.raw(HINT)} select (${query})::text`);
    const answer = pool.row({ text, values }, stop).then(([one]) => one ?? null, (error: unknown) => {
      if (stop.aborted || (error instanceof DipperError && error.code !== 'INTERNAL')) return null;
      throw error;
    });
    return Promise.race([answer, late]);
  }

  async function valuesOf(part: FilterPart, { request: { filter } }: Look): Promise<Partial<HintCondition>> {
    const { dataCentre } = part.name === 'replica' ? part.value as { dataCentre?: string } : {};
    if (dataCentre !== undefined) {
      steps -= 1;
      return { values: [...new Set(filter.rses().map((rse) => rse.dataCentre))].sort(), valuesAre: 'all' };
    }
    const query = valuesQuery(part, filter);
    if (!query) steps -= 1;
    const text = query ? await ask(query) : null;
    if (text === null) return {};
    const found = readValues(text, part.value);
    if (part.key === undefined || found.values.length > 0) return found;
    const keys = await ask(keysQuery(filter));
    return keys === null ? found : { ...found, keys: readValues(keys, part.key).values };
  }

  const hints: Hint[] = [];
  for (const { look, parts } of lists) {
    const asked = parts.slice(0, MOST_CONDITIONS);
    // Values take little time; what they leave is for the counts.
    const values: Partial<HintCondition>[] = [];
    for (const part of asked) values.push(await valuesOf(part, look));
    const conditions: HintCondition[] = [];
    for (const [index, part] of asked.entries()) {
      const text = await ask(countQuery(part, look));
      const files = text === null ? null : Math.min(Number(text), MOST_COUNTED);
      conditions.push({ condition: conditionText(part, look), files, ...(Number(text) > MOST_COUNTED && { more: true }), ...values[index] });
    }
    hints.push({ path: responsePathAsArray(look.info.path), message: messageOf(conditions, parts.length - conditions.length), conditions });
  }
  return hints;
}
