import { readFileSync } from 'node:fs';
import path from 'node:path';
import { service } from '../../dev/processes.js';
import { repository } from '../../dev/repository.js';
import { installPeer, peersHome } from './install.js';
import { PAGE_SIZE, type Page, pageQuery, readPage } from './page.js';

export interface PeerOptions {
  readonly databaseUrl: string;
  readonly port: number;
  /** Connections to Postgres, as many as dipper has. */
  readonly poolSize: number;
}

export interface RunningPeer { readonly url: string; readonly pid: number; stop(): Promise<void> }

/** Another GraphQL server on the mirror's tables. It shows files with `scope <> 'hidden'` only. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Installs it where that is to do, and starts it as a process of its own. It ends with `stop`, or when the signal is aborted. Throws StackFailure. */
  start(options: PeerOptions, signal: AbortSignal): Promise<RunningPeer>;
  /** The page of 100 files of an observation and a data type, by (scope, name). */
  request(obsId: string, dataType: string): { readonly query: string; readonly variables: Readonly<Record<string, string>> };
  /** Reads the answer, parsed, for comparison with that of dipper, which `readPage` reads. */
  read(body: unknown): Page;
}

const READY_SECONDS = 60;

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const asked = fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}', signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
  });
  return asked.then(async (response) => { await response.arrayBuffer(); return response.ok; }, () => false);
}

/** `program` gives the Node that it runs on, as a path below its folder; `product` is the package whose version counts. */
function peer(name: string, product: string, files: string, program: (folder: string) => string): Peer {
  const pins = JSON.parse(readFileSync(path.join(repository, 'bench', 'peers', name, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  return {
    name: product, version: pins.dependencies[name]!, read: readPage,
    request: (obsId, dataType) => ({ query: pageQuery(files), variables: { obsId, dataType } }),
    async start({ databaseUrl, port, poolSize }, signal) {
      const folder = await installPeer(name, signal);
      const url = `http://127.0.0.1:${port}/graphql`;
      const running = service(peersHome(), {
        name, command: program(folder), args: [path.join(folder, 'server.mjs')], readySeconds: READY_SECONDS, isReady: (given) => answers(url, given),
        env: { DATABASE_URL: databaseUrl, PORT: String(port), POOL_SIZE: String(poolSize), NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
      });
      await running.start(signal);
      const stop = () => running.stop();
      signal.addEventListener('abort', () => { void stop(); }, { once: true });
      return { url, pid: running.pid!, stop };
    },
  };
}

/** The peers, in the order of the report. */
export const peers: readonly Peer[] = [
  // It asks for Node 22 or later, which npm brings along.
  peer('postgraphile', 'PostGraphile', `allFiles(condition: { obsId: $obsId, dataType: $dataType }, orderBy: [DID_ASC], first: ${PAGE_SIZE})`,
    (folder) => path.join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')),
  peer('mercurius', 'Mercurius with jit', `files(obsId: $obsId, dataType: $dataType, first: ${PAGE_SIZE})`, () => process.execPath),
];
