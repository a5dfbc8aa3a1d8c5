import { rmSync } from 'node:fs';
import { type Databases, openDatabases, publish, recreateDatabases } from './databases.js';
import { dipper, dipperEnvironment, migrateMirror } from './dipper.js';
import { guardedEnvironment } from './guarded.js';
import { emptyFolder, type Home, openSecrets, readJson, writeWhole } from './home.js';
import { issuer as makeIssuer, type SignIn } from './issuer/issuer.js';
import { memcached } from './memcached.js';
import type { InnerPorts } from './ports.js';
import { type PostgresServer, startPostgres } from './postgres.js';
import type { Service } from './processes.js';
import type { Say } from './progress.js';
import { addPeople } from './people-in-rucio.js';
import { openPython, type Python } from './python.js';
import { bootstrapRucio, configureRucio, type Rucio, seedRucio } from './rucio.js';
import type { StackFailure } from './stack-failure.js';
import { storageServer } from './storage-server.js';

/** Parts of the stack. Each starts at its first call, waits for those it needs, and every call gets that one promise. */
export interface Parts {
  postgres(): Promise<PostgresServer>;
  databases(): Promise<Databases & { readonly isNew: boolean }>;
  python(): Promise<Python>;
  cache(): Promise<void>;
  storage(): Promise<void>;
  rucio(): Promise<Rucio>;
  archive(): Promise<void>;
  gateway(): Promise<void>;
  dipperEnv(): Promise<Record<string, string>>;
  readonly storageUrl: string;
  readonly issuerUrl: string;
  readonly guardedUrl: string;
  readonly signIn: SignIn;
}

export type PartTitle = 'Postgres' | 'Python packages' | 'Storage and cache' | 'Rucio' | 'Archive' | 'dipper';

export interface PartsOptions {
  readonly home: Home;
  readonly ports: InnerPorts;
  readonly port: number;
  readonly seed: boolean;
  readonly signal: AbortSignal;
  readonly say: (title: PartTitle) => Say;
  readonly onExit: (failure: StackFailure) => void;
  /** Told of each service before it starts, so that it can be stopped whatever happens. */
  readonly register: (service: Service) => void;
}

/** Runs `make` at its first call; every call gets that one promise. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => promise ??= make();
}

/** Whether the archive of this home was seeded to the end. One that was moved is not valid: its replicas name files at the old place. */
export const isSeeded = (home: Home): boolean => (readJson(home.file('seeded.json')) as { home?: unknown } | undefined)?.home === home.root;

export function makeParts({ home, ports, port, seed, signal, say, onExit, register }: PartsOptions): Parts {
  const secrets = openSecrets(home);
  const wasSeeded = isSeeded(home);
  const storageUrl = `http://127.0.0.1:${ports.storage}`;
  const rucioUrl = `http://127.0.0.1:${ports.rucio}`;
  const guardedUrl = `http://127.0.0.1:${ports.guarded}`;
  const issuer = makeIssuer(home, { port: ports.issuer, audience: guardedUrl, onExit });
  const begin = async (service: Service) => { register(service); await service.start(signal); };

  const postgres = once(async () => startPostgres({ home, secrets, port: ports.postgres, signal, say: say('Postgres'), onExit, register }));
  const databases = once(async () => {
    const server = await postgres();
    const opened = await openDatabases(server, secrets);
    const isNew = !wasSeeded || !opened.exist;
    if (isNew) { // the first start, or one after a start that broke off
      rmSync(home.file('seeded.json'), { force: true });
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

  const rucio = once(async () => {
    const [environment, opened] = await Promise.all([python(), databases(), cache()]);
    const made = configureRucio({ home, python: environment, secrets, databases: opened, port: ports.rucio, issuer: { url: issuer.url, audience: issuer.signIn.audience }, cachePort: ports.memcached, onExit });
    if (opened.isNew) {
      say('Rucio')('making its tables');
      await bootstrapRucio(home, environment, made, signal);
      await publish(await postgres(), opened);
    }
    say('Rucio')('starting');
    await begin(made.service);
    return made;
  });
  const people = async () => addPeople({ url: (await rucio()).url, password: secrets.account, issuerUrl: issuer.url, signal });
  const archive = once(async () => {
    if (!(await databases()).isNew) {
      say('Archive')('kept from last time');
      await people();
      return;
    }
    const [made, environment] = await Promise.all([rucio(), python(), storage()]);
    if (seed) await seedRucio({ home, python: environment, rucio: made, storageUrl, signal, say: say('Archive') });
    await people();
    writeWhole(home.file('seeded.json'), JSON.stringify({ home: home.root, at: new Date().toISOString() }));
  });
  const dipperEnv = once(async () => dipperEnvironment({ port, rucioUrl, secrets, databases: await databases(), suffix: (await postgres()).suffix }));
  const gateway = once(async () => {
    const [opened, env] = await Promise.all([databases(), dipperEnv()]);
    await migrateMirror(home, env, signal);
    if (opened.isNew) await archive(); // else Rucio may start beside dipper: the mirror needs its database only
    const guarded = guardedEnvironment(home, { issuerUrl: issuer.url, port: ports.guarded, signIn: issuer.signIn });
    const made = dipper(home, env, guarded, ports.metrics, opened, onExit);
    await begin(made.sync);
    say('dipper')('taking the first snapshot');
    await Promise.all([made.serve, made.guarded, issuer.service].map(begin));
  });
  return { postgres, databases, python, cache, storage, rucio, archive, gateway, dipperEnv, storageUrl, issuerUrl: issuer.url, guardedUrl, signIn: issuer.signIn };
}
