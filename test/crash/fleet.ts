import { existsSync, readFileSync } from 'node:fs';
import { openHome } from '../../dev/home.js';
import { freePort } from '../../dev/ports.js';
import { run } from '../../dev/processes.js';
import path from 'node:path';
import { repository } from '../../dev/repository.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { connected } from './connected.js';
import { Daemon } from './daemon.js';
import { readLeaderSession } from './failover.js';

/** A sync with a door of its own to either database. */
export interface Sync { readonly daemon: Daemon; readonly toRucio: TcpProxy; readonly toMirror: TcpProxy }

export interface FleetOptions {
  readonly folder: string;
  readonly mirrorUrl: string;
  /** Of Rucio's database, as the role that follows it. */
  readonly rucioUrl: string;
  /** What dipper's processes need beside the databases. */
  readonly env: Readonly<Record<string, string>>;
  readonly slot: string;
  readonly signal: AbortSignal;
  readonly onFault: (text: string) => void;
}

/** dipper as an operator runs it: two that sync and one that serves. */
export interface Fleet {
  readonly url: string;
  readonly syncs: readonly [Sync, Sync];
  readonly serve: { readonly daemon: Daemon; readonly toMirror: TcpProxy };
  /** The sync whose connection holds the mirror's lock now. */
  leader(): Promise<Sync | undefined>;
  /** Lines of the logs of sync that have this text. */
  said(text: string): number;
  stop(): Promise<void>;
}

export async function startFleet({ folder, mirrorUrl, rucioUrl, env, slot, signal, onFault }: FleetOptions): Promise<Fleet> {
  const home = openHome(folder, folder);
  const port = await freePort();
  const common = { ...env, DIPPER_SLOT: slot, DIPPER_PORT: String(port), DIPPER_TIMEOUT_SECONDS: '10' };
  await run(home, {
    name: 'migrate', command: process.execPath, args: [path.join(repository, 'dist', 'src', 'main.js'), 'migrate'], env: { ...common, DATABASE_URL: mirrorUrl }, signal, failure: 'The mirror could not be made.',
  });
  const sync = async (name: string): Promise<Sync> => {
    const [toRucio, toMirror] = await Promise.all([TcpProxy.open(rucioUrl), TcpProxy.open(mirrorUrl)]);
    return { toRucio, toMirror, daemon: new Daemon({ home, name, command: 'sync', onFault, env: { ...common, DATABASE_URL: toMirror.through(mirrorUrl), RUCIO_DATABASE_URL: toRucio.through(rucioUrl) } }) };
  };
  const syncs: [Sync, Sync] = [await sync('sync-a'), await sync('sync-b')];
  const toMirror = await TcpProxy.open(mirrorUrl);
  const serve = { toMirror, daemon: new Daemon({ home, name: 'serve', command: 'serve', onFault, env: { ...common, DATABASE_URL: toMirror.through(mirrorUrl) } }) };
  const daemons = [...syncs, serve].map(({ daemon }) => daemon);
  for (const daemon of daemons) await daemon.start();

  return {
    url: `http://127.0.0.1:${port}`, syncs, serve,
    async leader() {
      const client = await connected(mirrorUrl).catch(() => undefined);
      if (!client) return undefined;
      const session = await readLeaderSession(client).catch(() => undefined).finally(() => client.end());
      return session && syncs.find(({ toMirror: door }) => door.holds(session.port));
    },
    said: (text) => syncs.flatMap(({ daemon: { log } }) => (existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [])).filter((line) => line.includes(text)).length,
    async stop() {
      for (const daemon of daemons) await daemon.stop();
      await Promise.all([...syncs.flatMap(({ toRucio, toMirror: door }) => [toRucio, door]), toMirror].map((door) => door.close()));
    },
  };
}
