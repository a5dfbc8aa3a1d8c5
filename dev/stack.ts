import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Control, openControl } from './control.js';
import { type Databases, forgetHome, openDatabases, publish, recreateDatabases } from './databases.js';
import { lockFile, readDescriptor, type StackDescriptor, writeDescriptor } from './descriptor.js';
import { dipper, dipperEnvironment, migrateMirror } from './dipper.js';
import { requireSpace } from './disk.js';
import { type Home, openHome, openSecrets, readJson, writeWhole } from './home.js';
import { takeLock } from './lock.js';
import { memcached } from './memcached.js';
import { serviceUser } from './os-user.js';
import { innerPorts, isFree } from './ports.js';
import { dataFolder, type PostgresServer, startPostgres } from './postgres.js';
import { killStrays, type Service } from './processes.js';
import type { Report, Say, Step } from './progress.js';
import { openPython } from './python.js';
import { bootstrapRucio, configureRucio, seedRucio } from './rucio.js';
import { shellEnvironment } from './shell-environment.js';
import { StackFailure } from './stack-failure.js';
import { storageServer } from './storage-server.js';

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

/** Runs `make` at its first call; every call gets that one promise. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => promise ??= make();
}

function emptyFolder(folder: string, keep: readonly string[] = []): void {
  for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
    if (!keep.includes(entry)) rmSync(path.join(folder, entry), { recursive: true, force: true });
  }
}

function forget(home: Home): void {
  const data = dataFolder(home, serviceUser());
  if (!data.startsWith(home.root)) rmSync(path.dirname(data), { recursive: true, force: true });
  emptyFolder(home.root, [path.basename(lockFile(home.root))]);
}

/** Starts the whole archive and dipper on loopback. Throws StackFailure, or the signal's reason; then nothing is left running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const shared = options.shared ?? path.dirname(options.home);
  openHome(options.home, shared);
  const release = takeLock(lockFile(options.home));
  if (release === undefined) {
    const running = readDescriptor(options.home);
    throw new StackFailure(running ? `A stack already runs in ${options.home}: ${running.urls.dipper} (process ${running.pid}).` : `A stack is already starting in ${options.home}.`);
  }
  try {
    await killStrays(openHome(options.home, shared));
    if (options.fresh === true) forget(openHome(options.home, shared));
    if (!await isFree(options.port)) throw new StackFailure(`Port ${options.port} is in use; set DIPPER_PORT to another.`);
    return await start(openHome(options.home, shared), options, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function start(home: Home, options: StackOptions, release: () => void): Promise<Stack> {
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const without = (part: 'seed' | 'dipper') => options.without?.includes(part) === true;
  const onExit = (failure: StackFailure) => { options.onExit?.(failure); };
  const seeded = home.file('seeded.json');
  const wasSeeded = (readJson(seeded) as { home?: unknown } | undefined)?.home === home.root;
  if (!wasSeeded) await requireSpace(home.shared, FIRST_START_BYTES);
  const ports = await innerPorts(home.file('ports.json'), wasSeeded);
  const secrets = openSecrets(home);

  const services = new Map<string, Service>();
  const register = (service: Service) => { services.set(service.name, service); };
  const begin = async (service: Service) => { register(service); await service.start(signal); };
  const stopAll = async () => { for (const service of [...services.values()].reverse()) await service.stop(); };

  const says = new Map<string, Say>();
  const say = (title: string): Say => (text) => { says.get(title)?.(text); };

  const postgres = once(async () => startPostgres({ home, secrets, port: ports.postgres, signal, say: say('Postgres'), onExit, register }));
  const databases = once(async (): Promise<Databases & { readonly isNew: boolean }> => {
    const server = await postgres();
    const opened = await openDatabases(server, secrets);
    const isNew = !wasSeeded || !opened.exist;
    if (isNew) {
      rmSync(seeded, { force: true });
      await recreateDatabases(server);
      emptyFolder(home.storage);
    }
    return { ...opened, isNew };
  });
  const python = once(async () => openPython(home, signal, say('Python packages')));
  const cache = once(async () => {
    const service = await memcached(home, ports.memcached, signal, say('Storage and cache'), onExit);
    if (service) await begin(service);
  });
  const storage = once(async () => begin(storageServer(home.storage, ports.storage)));
  const configured = once(async () => configureRucio({ home, python: await python(), secrets, databases: await databases(), port: ports.rucio, cachePort: ports.memcached, onExit }));
  const rucio = once(async () => {
    const [made, { isNew }] = await Promise.all([configured(), databases(), cache()]);
    if (isNew) {
      say('Rucio')('making its tables');
      await bootstrapRucio(home, await python(), made, signal);
      await publish(await postgres(), await databases());
    }
    say('Rucio')('starting');
    await begin(made.service);
    return made;
  });
  const storageUrl = `http://127.0.0.1:${ports.storage}`;
  const seed = once(async () => {
    if (!(await databases()).isNew) { say('Archive')('kept from last time'); return; }
    const [made] = await Promise.all([rucio(), storage()]);
    if (!without('seed')) await seedRucio({ home, python: await python(), rucio: made, storageUrl, signal, say: say('Archive') });
    writeWhole(seeded, JSON.stringify({ home: home.root, at: new Date().toISOString() }));
  });
  const dipperEnv = once(async () => dipperEnvironment({ port: options.port, rucioUrl: `http://127.0.0.1:${ports.rucio}`, secrets, databases: await databases(), suffix: (await postgres()).suffix }));
  const gateway = once(async () => {
    const [opened, env] = await Promise.all([databases(), dipperEnv()]);
    await migrateMirror(home, env, signal);
    if (opened.isNew) await seed();
    const parts = dipper(home, env, opened, onExit);
    await begin(parts.sync);
    say('dipper')('taking the first snapshot');
    await begin(parts.serve);
  });

  const parts: [string, () => Promise<unknown>][] = [
    ['Postgres', databases], ['Python packages', python], ['Storage and cache', () => Promise.all([cache(), storage()])], ['Rucio', rucio], ['Archive', seed],
    ...(without('dipper') ? [] : [['dipper', gateway] as [string, () => Promise<unknown>]]),
  ];
  const runs: Promise<void>[] = [];
  let first: unknown;
  const steps = parts.map(([title, part]): Step => ({
    title,
    run: (tell) => {
      says.set(title, tell);
      const running = part().then(() => undefined, (error: unknown) => { first ??= error; failing.abort(error); throw error; });
      runs.push(running);
      return running;
    },
  }));

  let control: Control;
  let withdraw: () => void;
  let descriptor: StackDescriptor;
  try {
    await options.report(steps);
    control = await openControl(services);
    const made = await rucio();
    const environment = await python();
    const pids = Object.fromEntries([...services].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid]])));
    descriptor = {
      pid: process.pid, home: home.root, urls: { dipper: `http://127.0.0.1:${options.port}`, rucio: made.url, storage: storageUrl }, controlUrl: control.url,
      env: shellEnvironment(made, await databases(), environment), dipperEnv: { ...await dipperEnv(), RUCIO_DATABASE_URL: (await databases()).syncUrl }, pids,
      paths: { logs: home.logs, storage: home.storage, venv: environment.folder, python: environment.python, rucioConfig: made.config },
    };
    withdraw = writeDescriptor(home, descriptor);
  } catch (error) {
    failing.abort(error);
    await Promise.allSettled(runs);
    await stopAll();
    throw options.signal.aborted ? options.signal.reason : first ?? error;
  }

  const server: PostgresServer = await postgres();
  const stop = once(async () => {
    withdraw();
    control.close();
    await stopAll();
    release();
  });
  return {
    ...descriptor, services, stop,
    async remove() {
      if (!server.service) {
        await Promise.all([...services.values()].map((service) => service.stop()));
        await forgetHome(server);
      }
      await stop();
      forget(home);
      rmSync(home.root, { recursive: true, force: true });
    },
  };
}
