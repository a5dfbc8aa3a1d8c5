import type pg from 'pg';
import { z } from 'zod';

/** A node of Postgres' plan, as far as dipper reads it. Rows are estimates. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string | undefined;
  readonly 'Subplan Name'?: string | undefined;
  readonly 'Relation Name'?: string | undefined;
  readonly 'Alias'?: string | undefined;
  readonly 'Index Name'?: string | undefined;
  readonly 'Index Cond'?: string | undefined;
  readonly 'Filter'?: string | undefined;
  readonly 'Scan Direction'?: string | undefined;
  readonly 'Plan Rows': number;
  readonly 'Plans'?: readonly PlanNode[] | undefined;
}

const text = z.string().optional();
const node: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(), 'Parent Relationship': text, 'Subplan Name': text, 'Relation Name': text, 'Alias': text, 'Index Name': text, 'Index Cond': text,
  'Filter': text, 'Scan Direction': text, 'Plan Rows': z.number(), 'Plans': z.lazy(() => node.array()).optional(),
});
const answer = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: node })]) })]);

/** How Postgres would run a statement with these values, under settings such as enable_sort = off. Nothing is run. */
export type Planner = (statement: { readonly sql: string; readonly parameters: readonly unknown[] }, settings?: Readonly<Record<string, string>>) => Promise<PlanNode>;

/** A planner on one connection, which waits as long as that does; one statement at a time. */
export const createPlanner = (client: Pick<pg.Client, 'query'>): Planner => async ({ sql, parameters }, settings = {}) => {
  await client.query('begin read only');
  try {
    for (const [name, value] of Object.entries(settings)) await client.query('select set_config($1, $2, true)', [name, value]);
    const { rows } = await client.query(`explain (format json) ${sql}`, [...parameters]);
    return answer.parse(rows)[0]['QUERY PLAN'][0].Plan;
  } finally {
    await client.query('rollback');
  }
};
