import { rmSync } from 'node:fs';
import path from 'node:path';
import { openControl } from './control.js';
import { forgetHome } from './databases.js';
import { lockFile, readDescriptor, type StackDescriptor, writeDescriptor } from './descriptor.js';
import { requireSpace } from './disk.js';
import { emptyFolder, type Home, openHome } from './home.js';
import { takeLock } from './lock.js';
import { serviceUser } from './os-user.js';
import { isSeeded, makeParts, once, type Parts, type PartTitle } from './parts.js';
import { innerPorts, isFree } from './ports.js';
import { dataFolder } from './postgres.js';
import { killStrays, type Service } from './processes.js';
import type { Report, Say, Step } from './progress.js';
import { shellEnvironment } from './shell-environment.js';
import { StackFailure } from './stack-failure.js';

export interface StackOptions {
  readonly home: string;
  /** Where the Python environment lives; the folder above the home by default, so that stacks beside each other share it. */
  readonly shared?: string;
  /** Where dipper answers. */
  readonly port: number;
  /** Forget all data of earlier starts. */
  readonly fresh?: boolean;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Parts to leave out, for tests of the stack itself. */
  readonly without?: readonly ('seed' | 'dipper')[];
  /** Told when a service ends by itself later on. */
  readonly onExit?: (failure: StackFailure) => void;
}

export interface Stack extends StackDescriptor {
  readonly services: ReadonlyMap<string, Service>;
  stop(): Promise<void>;
  /** Stops, and takes all data away. */
  remove(): Promise<void>;
}

const FIRST_START_BYTES = 1.5e9;

function forget(home: Home): void {
  const data = dataFolder(home, serviceUser());
  if (!data.startsWith(home.root)) rmSync(path.dirname(data), { recursive: true, force: true });
  emptyFolder(home.root, [path.basename(lockFile(home.root))]);
}

/** Starts the whole archive and dipper on loopback. Throws StackFailure, or the signal's reason; then nothing is left running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const shared = options.shared ?? path.dirname(options.home);
  const home = openHome(options.home, shared);
  const release = takeLock(lockFile(home.root));
  if (release === undefined) {
    const running = readDescriptor(home.root);
    throw new StackFailure(running ? `A stack already runs in ${home.root}: ${running.urls.dipper} (process ${running.pid}).` : `A stack is already starting in ${home.root}.`);
  }
  try {
    await killStrays(home);
    if (options.fresh === true) forget(home);
    if (!await isFree(options.port)) throw new StackFailure(`Port ${options.port} is in use; set DIPPER_PORT to another.`);
    return await start(openHome(home.root, shared), options, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function start(home: Home, options: StackOptions, release: () => void): Promise<Stack> {
  const seeded = isSeeded(home);
  if (!seeded) await requireSpace(home.shared, FIRST_START_BYTES);
  const ports = await innerPorts(home.file('ports.json'), seeded);
  const failing = new AbortController();
  const services = new Map<string, Service>();
  const stopAll = async () => { for (const service of [...services.values()].reverse()) await service.stop(); };
  const says = new Map<PartTitle, Say>();
  const parts = makeParts({
    home, ports, port: options.port, seed: options.without?.includes('seed') !== true, signal: AbortSignal.any([options.signal, failing.signal]),
    say: (title) => (text) => { says.get(title)?.(text); },
    onExit: (failure) => { options.onExit?.(failure); },
    register: (service) => { services.set(service.name, service); },
  });

  let first: unknown;
  const runs: Promise<void>[] = [];
  const steps = stepsOf(parts, options.without?.includes('dipper') !== true).map(([title, part]): Step => ({
    title,
    run: async (say) => {
      says.set(title, say);
      const running = part().then(() => undefined, (error: unknown) => { first ??= error; failing.abort(error); throw error; });
      runs.push(running);
      await running;
    },
  }));
  try {
    await options.report(steps);
    const control = await openControl(services);
    const descriptor = await describe(home, parts, services, { dipper: options.port, sync: ports.metrics }, control.url);
    const withdraw = writeDescriptor(home, descriptor);
    const stop = once(async () => {
      withdraw();
      control.close();
      await stopAll();
      release();
    });
    const server = await parts.postgres();
    const remove = async () => {
      if (!server.service) { // the server stays: take what is ours off it
        await stopAll();
        await forgetHome(server);
      }
      await stop();
      forget(home);
      rmSync(home.root, { recursive: true, force: true });
    };
    return { ...descriptor, services, stop, remove };
  } catch (error) {
    failing.abort(error);
    await Promise.allSettled(runs);
    await stopAll();
    throw options.signal.aborted ? options.signal.reason : first ?? error;
  }
}

function stepsOf(parts: Parts, withDipper: boolean): [PartTitle, () => Promise<unknown>][] {
  const steps: [PartTitle, () => Promise<unknown>][] = [
    ['Postgres', parts.databases], ['Python packages', parts.python], ['Storage and cache', () => Promise.all([parts.cache(), parts.storage()])],
    ['Rucio', parts.rucio], ['Archive', parts.archive],
  ];
  if (withDipper) steps.push(['dipper', parts.gateway]);
  return steps;
}

async function describe(home: Home, parts: Parts, services: ReadonlyMap<string, Service>, port: { dipper: number; sync: number }, controlUrl: string): Promise<StackDescriptor> {
  const [rucio, python, databases, dipperEnv] = await Promise.all([parts.rucio(), parts.python(), parts.databases(), parts.dipperEnv()]);
  return {
    pid: process.pid, home: home.root, controlUrl,
    urls: { dipper: `http://127.0.0.1:${port.dipper}`, guarded: parts.guardedUrl, sync: `http://127.0.0.1:${port.sync}`, issuer: parts.issuerUrl, rucio: rucio.url, storage: parts.storageUrl },
    signIn: parts.signIn,
    env: shellEnvironment(rucio, databases, python),
    dipperEnv: { ...dipperEnv, RUCIO_DATABASE_URL: databases.syncUrl },
    pids: Object.fromEntries([...services].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid]]))),
    paths: { logs: home.logs, storage: home.storage, venv: python.folder, python: python.python, rucioConfig: rucio.config },
  };
}
