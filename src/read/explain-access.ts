import { sql } from 'kysely';
import type { Planner, PlanNode } from '../datasources/mirror/planner.js';
import { compile, type Sql } from './sql.js';

/** One way on which a statement comes to files. Numbers are Postgres' estimates. */
export interface FileAccess {
  /** Index on files; more than one where their findings are put together; none where all files are read. */
  readonly indexes: readonly string[];
  /** What is looked up in the index. Without it the index gives the order alone. */
  readonly found: readonly string[];
  readonly backwards: boolean;
  /** What is checked on each file that was found. */
  readonly checked: string | null;
  /** Whether what was found is sorted afterwards: no, ties within the index' order, or all. */
  readonly sorted: 'no' | 'ties' | 'all';
  /** How many files this way leads to, from its begin to its end. */
  readonly files: number;
  /** And how many of them pass the check. */
  readonly passing: number;
}

/** Estimates must not be those of one of several workers. */
export const wholeEstimates = { max_parallel_workers_per_gather: '0' };

interface Place { readonly loops: number; readonly sorted: FileAccess['sorted'] }
interface Scan extends Place { readonly node: PlanNode }

const below = (node: PlanNode) => (node.Plans ?? []).filter((one) => one['Parent Relationship'] !== 'InitPlan' && one['Parent Relationship'] !== 'SubPlan');

/** Scans of files, without those of subqueries. */
function scans(node: PlanNode, { loops, sorted }: Place = { loops: 1, sorted: 'no' }): Scan[] {
  if (node['Relation Name'] === 'file') return [{ node, loops, sorted }];
  const order = node['Node Type'] === 'Sort' ? 'all' : node['Node Type'] === 'Incremental Sort' && sorted === 'no' ? 'ties' : sorted;
  const [outer, ...others] = below(node);
  if (!outer) return [];
  const each = node['Node Type'] === 'Nested Loop' ? loops * outer['Plan Rows'] : loops;
  return [...scans(outer, { loops, sorted: order }), ...others.flatMap((inner) => scans(inner, { loops: each, sorted: order }))];
}

/** A bitmap's indexes, and how many files it holds. */
const indexNodes = (node: PlanNode): PlanNode[] => (node['Index Name'] ? [node] : below(node).flatMap(indexNodes));
const present = (text: string | undefined): string[] => (text === undefined ? [] : [text]);

export const findNode = (node: PlanNode, isWanted: (node: PlanNode) => boolean): PlanNode | undefined =>
  (isWanted(node) ? node : node.Plans?.map((one) => findNode(one, isWanted)).find((one) => one !== undefined));

/** How a plan comes to files; `table` is what it reads them from, with `all` files in it. */
export function fileAccesses(plan: PlanNode, { planner, table, all }: { planner: Planner; table: Sql; all: number }): Promise<FileAccess[]> {
  async function reached({ node, loops }: Scan): Promise<number> {
    if (node['Node Type'] === 'Bitmap Heap Scan') return below(node)[0]?.['Plan Rows'] ?? all;
    const condition = node['Index Cond'];
    if (condition === undefined) return all;
    if (loops > 1) return Math.max(loops, loops * node['Plan Rows']);
    // The plan says how many are left after the check, and not how many were found before it.
    const found = compile(sql`select from ${table} as ${sql.id(node.Alias!)} where ${sql.raw(condition)}`);
    // Where it refers to another part of the plan, it is no condition by itself.
    return planner(found, wholeEstimates).then((one) => one['Plan Rows'], () => node['Plan Rows']);
  }

  return scans(plan).reduce<Promise<FileAccess[]>>(async (done, scan) => {
    const { node, sorted } = scan;
    const indexes = indexNodes(node);
    return [...await done, {
      indexes: [...new Set(indexes.flatMap((one) => present(one['Index Name'])))], found: indexes.flatMap((one) => present(one['Index Cond'])),
      backwards: node['Scan Direction'] === 'Backward', checked: node.Filter ?? null, sorted,
      files: Math.round(await reached(scan)), passing: Math.round(scan.loops * node['Plan Rows']),
    }];
  }, Promise.resolve([]));
}
