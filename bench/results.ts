import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { repository } from '../dev/repository.js';
import { FLOORS } from './environment.js';
import { machine } from './machine.js';
import type { Results } from './measure-all.js';
import type { Compared, PackageCost, RucioResult } from './rucio.js';

const ms = (value: number) => value.toFixed(value < 1 ? 2 : 1);

function rucioSection({ files, copies, rounds, rucio, dipper, lean }: RucioResult): string {
  const row = (name: string, { client, server, postgres, clock }: PackageCost, ratio?: Compared['ratio']) =>
    `| ${name} | ${ms(client)} | ${ms(server)} | ${ms(postgres)} | ${ms(client + server + postgres)} | ${ms(clock)} | ${ratio ? `${ratio.cpu.toFixed(0)} / ${ratio.servers.toFixed(0)} / ${ratio.clock.toFixed(0)}` : ''} |`;
  return `
## The package of ${files} files, against Rucio

Names by metadata, all metadata, ${copies} copies each, on a stack of its own with Rucio 41 and memcached (no sort by GeoIP), asked by one Python process. Both give
the same files, metadata, states and addresses, which is checked before and after. Rucio's client takes three calls, dipper one query. dipper gives the addresses
for LAN and WAN, Rucio those for WAN. Medians of ${rounds} rounds that take turns; the ratios are all CPU / servers' CPU / clock.

| | CPU: client | server | Postgres | together | clock, ms | Rucio is x as much |
|---|---|---|---|---|---|---|
${[row('Rucio', rucio), row('dipper', dipper, dipper.ratio), row('dipper, without addresses (PFNs)', lean, lean.ratio)].join('\n')}
`;
}

/** The results as a page of Markdown, with all that one needs to judge them. */
export async function writeResults(url: string, files: number, { page, operations, rucio }: Results): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: [server] } = await client.query<{ version: string; size: string; copies: string }>(
    `select current_setting('server_version') as version, pg_size_pretty(pg_database_size(current_database())) as size, (select reltuples::bigint from pg_class where oid = 'mirror.replica'::regclass)::text as copies`).finally(() => client.end());
  return `# Results

${machine()}, Postgres
${server!.version}. A mirror of ${files.toLocaleString('en')} files and ${Number(server!.copies).toLocaleString('en')} copies, ${server!.size} with its indexes, all of it in memory where it is asked for. Made by \`npm run bench\`.

CPU is what one request costs on all processors, in milliseconds: of the server, and of all processes of Postgres. The medians of
${page[0]!.ratios.length} rounds that take turns. What takes its turns on a shared machine waits, so look at the CPU, not at the clock.

## A page of 100 files

15 fields, copies with their RSEs, \`pageInfo { hasNextPage endCursor }\`, of one observation and data type, for a viewer who may not see one of
the scopes. To dipper each request brings a token, which it checks; its policy, costs and the viewer's budget are on, and it logs each request. Everyone gives the same files, fields and copies. The ratio is the median of the rounds; in brackets, all of them.

| | CPU: server | Postgres | together | x the floor | requests/s | p50 ms | kB |
|---|---|---|---|---|---|---|---|
${page.map((one) => `| ${one.name} | ${ms(one.server)} | ${ms(one.postgres)} | ${ms(one.total)} | ${one.ratio.toFixed(2)} (${one.ratios.map((ratio) => ratio.toFixed(2)).join(', ')}) | ${one.perSecond.toFixed(0)} | ${one.p50.toFixed(1)} | ${(one.bytes / 1000).toFixed(1)} |`).join('\n')}

## Other questions to dipper

| | CPU: Postgres | at most | dipper | p50 ms |
|---|---|---|---|---|
${operations.map((one) => ('failure' in one ? `| ${one.name} | **${one.failure.replaceAll('|', '/')}** | ${one.budget ?? ''} | | |` : `| ${one.name} | ${ms(one.postgres)}${one.budget !== undefined && one.postgres > one.budget ? ' **too much**' : ''} | ${one.budget ?? ''} | ${ms(one.server)} | ${one.p50.toFixed(1)} |`)).join('\n')}
${rucio ? rucioSection(rucio) : ''}`;
}

/** How Postgres runs the floor's statements, as text. */
export async function floorPlans(url: string, { obsId, dataType }: Readonly<Record<string, unknown>>): Promise<string> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC -c jit=off' });
  await client.connect();
  try {
    const plans: string[] = [];
    for (const way of FLOORS) {
      const statement = readFileSync(path.join(repository, 'bench', `floor-${way}.sql`), 'utf8');
      const explain = () => client.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${statement}`, [obsId, dataType, ...(way === 'json' ? ['digest'] : [])]);
      await explain(); // warm
      plans.push(`floor-${way}.sql, observation ${String(obsId)}, ${String(dataType)}`, ...(await explain()).rows.map((row) => row['QUERY PLAN']), '');
    }
    return plans.join('\n');
  } finally {
    await client.end();
  }
}
