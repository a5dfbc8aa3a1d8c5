import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { freePort } from '../dev/ports.js';
import { repository } from '../dev/repository.js';
import { isDeepStrictEqual } from 'node:util';
import { ask, requestBodies } from './ask.js';
import { floorPath, FLOORS, serverEnvironment } from './environment.js';
import { startChild, startServer, type ServerChild } from './child.js';
import { type Contestant, type Measured, measure } from './measure.js';
import type { Operation } from './operations.js';
import { peers } from './peers/peers.js';
import { readPage } from './peers/page.js';
import { floorPlans, writeResults } from './results.js';
import { writePart } from './write-part.js';
import type { RucioResult } from './rucio.js';

const POOL_SIZE = 10;

export interface Measurement {
  readonly url: string;
  readonly files: number;
  readonly operations: readonly Operation[];
  readonly rounds: number;
  /** Whether the peers run, too. */
  readonly peers: boolean;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** Whether nothing is left out: only then the results are kept. */
  readonly isWhole: boolean;
  /** Compares with Rucio, after the rest has stopped. */
  readonly rucio?: (() => Promise<RucioResult>) | undefined;
}

/** An operation by itself, or why it was not measured. */
export type OperationResult = { readonly name: string; readonly budget?: number } & (Measured | { readonly failure: string });
export interface Results { readonly page: readonly Measured[]; readonly operations: readonly OperationResult[]; readonly rucio?: RucioResult | undefined }

const SLOW_MS = 2_000;
const FLOOR_NAMES = { json: 'the floor: node:http, SQL by hand, JSON text of Postgres passed on', text: 'the same, JSON put together in node' };

const round = (value: number) => value.toPrecision(3);

/** Process id of the server of a database: the postmaster, not the backend of a connection. */
async function postmaster(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: string }>(`select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid`);
    return Number(rows[0]!.pid);
  } finally {
    await client.end();
  }
}

/** Why an operation is not worth hundreds of requests: it fails, or takes seconds even when its data are in memory. */
async function tooSlow(server: ServerChild, operation: Operation): Promise<string | undefined> {
  try {
    const [body] = await requestBodies(server, { ...operation, variables: operation.variables.slice(0, 1) });
    await ask(server, body!);
    const start = performance.now();
    await ask(server, body!);
    const took = performance.now() - start;
    return took > SLOW_MS ? `takes ${(took / 1000).toFixed(1)} s` : undefined;
  } catch (error) {
    return (error as Error).message.slice(0, 200);
  }
}

/** Measures the page against the floor and the peers, and each operation by itself; writes bench/results.md. */
export async function measureAll(measurement: Measurement): Promise<void> {
  const { url, files, rucio } = measurement;
  const results = await measureMirror(measurement);
  const text = await writeResults(url, files, { ...results, rucio: await rucio?.() });
  if (measurement.isWhole) writePart(text);
  else console.log(text);
}

async function measureMirror({ url, operations, rounds, peers: withPeers, signal, say, isWhole }: Measurement): Promise<Results> {
  const undo: (() => Promise<void>)[] = [];
  const keep = <T extends { stop(): Promise<void> }>(child: T): T => { undo.push(() => child.stop()); return child; };
  try {
    const load = keep(startChild('load.js', {}, signal));
    const floors = [];
    for (const way of FLOORS) floors.push({ way, ...keep(await startServer('floor.js', { DATABASE_URL: url, FLOOR: way }, signal)) });
    const server = keep(await startServer('server.js', serverEnvironment(url), signal));
    const origin = (address: string) => new URL(address).origin;
    const posts = (bodies: readonly string[]) => bodies.map((body) => ({ path: '/graphql', body }));

    const page = operations[0]!;
    const bodies = await requestBodies(server, page);
    const contestants: Contestant[] = [
      ...floors.map((floor) => ({ name: FLOOR_NAMES[floor.way], pid: floor.pid, load: { url: origin(floor.url), requests: page.variables.map((variables) => ({ path: floorPath(variables) })) } })),
      { name: 'dipper', pid: server.pid, load: { url: origin(server.url), token: server.token, requests: posts(bodies) } },
    ];
    for (const peer of withPeers ? peers : []) {
      say(`${peer.name} ${peer.version} starts ...`);
      const running = keep(await peer.start({ databaseUrl: url, port: await freePort(), poolSize: POOL_SIZE }, signal));
      const its = page.variables.map(({ obsId, dataType }) => JSON.stringify(peer.request(String(obsId), String(dataType))));
      for (const [index, body] of its.entries()) {
        if (!isDeepStrictEqual(peer.read(await ask(running, body)), readPage(await ask(server, bodies[index]!)))) throw new Error(`${peer.name} answers otherwise to ${JSON.stringify(page.variables[index])}.`);
      }
      contestants.push({ name: `${peer.name} ${peer.version}`, pid: running.pid, load: { url: origin(running.url), requests: its.map((body) => ({ path: new URL(running.url).pathname, body })) } });
    }

    const shared = { load, postmaster: await postmaster(url), rounds, signal };
    const tell = (one: Measured) => { say(`${one.name}: ${round(one.server)} + ${round(one.postgres)} = ${round(one.total)} ms of CPU, x ${one.ratio.toFixed(2)} (${one.ratios.map((ratio) => ratio.toFixed(2)).join(' ')}), p50 ${round(one.p50)} ms`); };
    const compared = await measure({ ...shared, contestants, count: 400, warmUp: 1500 });
    compared.forEach(tell);
    const results: OperationResult[] = [];
    for (const operation of operations) {
      signal.throwIfAborted();
      const alone = { name: operation.name, ...(operation.budget !== undefined && { budget: operation.budget }) };
      const failure = await tooSlow(server, operation);
      if (failure !== undefined) {
        say(`${operation.name}: ${failure}`);
        results.push({ ...alone, failure });
        continue;
      }
      const requests = posts(await requestBodies(server, operation));
      const [measured] = await measure({ ...shared, contestants: [{ name: operation.name, pid: server.pid, load: { url: origin(server.url), token: server.token, requests } }], count: 100, warmUp: 50 });
      tell(measured!);
      results.push({ ...measured!, ...alone });
    }
    if (isWhole) writeFileSync(path.join(repository, 'bench', 'floor-plan.txt'), await floorPlans(url, page.variables[0]!));
    return { page: compared, operations: results };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}
