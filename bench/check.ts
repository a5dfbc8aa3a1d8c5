import { isDeepStrictEqual } from 'node:util';
import { ask, requestBodies } from './ask.js';
import type { Child, ServerChild } from './child.js';
import type { Operation } from './operations.js';
import type { openPlans, PlanFacts, Statement } from './plans.js';

/** At most so many rows of a table are looked at for one page, count or facet under a bounded filter. */
const BOUNDED = 20_000;
/** Sets of variables of each operation whose plans are looked at. */
const SETS = 3;

export interface Checked { readonly operation: string; readonly plan: PlanFacts; readonly problems: readonly string[] }

const beginsWith = (columns: readonly string[], wanted: readonly string[]) => wanted.every((column, index) => columns[index] === column);

/** The statement that a request becomes. */
async function statementOf(server: ServerChild, body: string): Promise<Statement> {
  await echo(server); // statements of earlier requests have arrived
  let statement: Statement | undefined;
  const onMessage = (message: unknown) => { if ((message as Partial<Statement>).text !== undefined) statement = message as Statement; };
  server.process.on('message', onMessage);
  try {
    await ask(server, body);
    await echo(server);
  } finally {
    server.process.off('message', onMessage);
  }
  if (!statement) throw new Error(`No statement came of ${body.slice(0, 500)}`);
  return statement;
}

const echo = (server: Child) => server.next((message) => (message as { echo?: object }).echo, {});

/** Asks an operation and looks at the plan of the very statement that it became. */
export async function checkOperation(operation: Operation, server: ServerChild, plans: Awaited<ReturnType<typeof openPlans>>): Promise<Checked> {
  const problems = new Set<string>();
  let worst: PlanFacts | undefined;
  for (const body of (await requestBodies(server, { ...operation, variables: operation.variables.slice(0, SETS) }))) {
    const plan = await plans.plan(await statementOf(server, body));
    if (!worst || plan.rows > worst.rows) worst = plan;
    if (operation.index.length === 0) continue;
    if (!operation.index.some((wanted) => plan.indexes.some((columns) => beginsWith(columns, wanted)))) {
      problems.add(`no index on ${operation.index.map((columns) => `(${columns.join(', ')}, ...)`).join(' or ')} is used, but ${plan.indexes.map((columns) => `(${columns.join(', ')})`).join(' and ') || 'none'}`);
    }
    for (const table of plan.scanned) problems.add(`mirror.${table} is read from end to end`);
    if (plan.rows > BOUNDED) problems.add(`${plan.rows} rows are looked at`);
  }
  return { operation: operation.name, plan: worst!, problems: [...problems] };
}

/** What differs between the floor's answers and dipper's; undefined where nothing does. */
export async function compareWithFloor(page: Operation, server: ServerChild, floor: string, floorPath: (variables: Operation['variables'][number]) => string): Promise<string | undefined> {
  const bodies = await requestBodies(server, page);
  for (const [index, body] of bodies.entries()) {
    const mine = await ask(server, body);
    const response = await fetch(new URL(floorPath(page.variables[index]!), floor), { signal: AbortSignal.timeout(30_000) });
    const its = await response.json().catch(() => undefined) as { data?: unknown } | undefined;
    if (!isDeepStrictEqual((mine as { data: unknown }).data, its?.data)) return `the floor answers otherwise to ${JSON.stringify(page.variables[index])}:\n${JSON.stringify(mine).slice(0, 600)}\n${JSON.stringify(its).slice(0, 600)}`;
    const { data: { files: { nodes, pageInfo } } } = mine as { data: { files: { nodes: unknown[]; pageInfo: { hasNextPage: boolean } } } };
    if (nodes.length !== 100 || !pageInfo.hasNextPage) return `the page of ${JSON.stringify(page.variables[index])} has ${nodes.length} files: 100 and a next page were meant to be there`;
  }
  return undefined;
}
