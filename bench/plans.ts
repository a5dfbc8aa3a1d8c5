import pg from 'pg';

/** A statement as dipper sends it; those with a name are planned once for all values. */
export interface Statement { readonly text: string; readonly values: readonly unknown[]; readonly name?: string }

/** What the plan of a statement does with the big tables. */
export interface PlanFacts {
  /** Indexes of mirror.file that it reads, each as its columns. */
  readonly indexes: readonly (readonly string[])[];
  /** Big tables that it reads from end to end. */
  readonly scanned: readonly string[];
  /** Most rows of a big table that one node of the plan has looked at. */
  readonly rows: number;
  /** Milliseconds in all. */
  readonly duration: number;
  readonly json: string;
}

interface Node { readonly [key: string]: unknown; readonly Plans?: readonly Node[] }

const BIG = ['file', 'replica', 'content_file'];
/** After this many runs Postgres decides whether one plan will do for all values of a named statement. */
const RUNS = 7;

function* nodes(node: Node): Generator<Node> {
  yield node;
  for (const child of node.Plans ?? []) yield* nodes(child);
}

const rowsOf = (node: Node) => (Number(node['Actual Rows'] ?? 0) + Number(node['Rows Removed by Filter'] ?? 0) + Number(node['Rows Removed by Index Recheck'] ?? 0)) * Number(node['Actual Loops'] ?? 1);

/** Plans of statements as they run, from Postgres's own auto_explain, on a connection set as those of `dipper serve`. */
export async function openPlans(url: string) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, options: '-c timezone=UTC -c jit=off -c statement_timeout=120000' });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_format = 'json'; set auto_explain.log_analyze = on;
    set auto_explain.log_timing = off; set client_min_messages = 'log'`);
  const columns = new Map<string, readonly string[]>();
  const { rows } = await client.query<{ name: string; columns: string[] }>(`
    select c.relname as name, array(select coalesce(pg_get_indexdef(indexrelid, n, true), '') from generate_series(1, indnkeyatts) as n) as columns
    from pg_index join pg_class c on c.oid = indexrelid where indrelid = 'mirror.file'::regclass`);
  for (const row of rows) columns.set(row.name, row.columns);
  const names = new Set<string>();

  return {
    async plan({ text, values, name }: Statement): Promise<PlanFacts> {
      let told = '';
      const onNotice = (notice: { message?: string | undefined }) => { if (notice.message?.startsWith('duration:')) told = notice.message; };
      client.on('notice', onNotice);
      try {
        for (let run = 0; run < (name === undefined || names.has(name) ? 1 : RUNS); run += 1) await client.query({ ...(name !== undefined && { name }), text, values: [...values] });
      } finally {
        client.off('notice', onNotice);
      }
      if (name !== undefined) names.add(name);
      const json = told.slice(told.indexOf('{'));
      const all = [...nodes((JSON.parse(json) as { Plan: Node }).Plan)];
      const big = all.filter((node) => BIG.includes(String(node['Relation Name'])));
      return {
        json, duration: Number(/^duration: ([\d.]+)/.exec(told)?.[1]),
        indexes: [...new Set(all.map((node) => String(node['Index Name'])))].flatMap((index) => (columns.has(index) ? [columns.get(index)!] : [])),
        scanned: big.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => String(node['Relation Name'])),
        rows: Math.max(0, ...big.map(rowsOf)),
      };
    },
    end: () => client.end(),
  };
}
