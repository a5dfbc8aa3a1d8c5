import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { openHome, openSecrets } from '../../dev/home.js';
import { serviceUser } from '../../dev/os-user.js';
import { freePort } from '../../dev/ports.js';
import { dataFolder, startPostgres } from '../../dev/postgres.js';

import { killStrays } from '../../dev/processes.js';
import { StackFailure } from '../../dev/stack-failure.js';
import { until } from '../../dev/until.js';
import { connected } from './connected.js';

/** The mirror's own Postgres, which can be killed without harm to Rucio's. */
export interface MirrorPostgres {
  /** Of the mirror's database, as its owner, who is no superuser. */
  readonly url: string;
  /** Stops at once, as `pg_ctl stop -m immediate` does: nothing is written out. */
  crash(): Promise<void>;
  start(): Promise<void>;
  /** Stops, and takes all data away. */
  remove(): Promise<void>;
}

/** Commits are not waited for unless a session asks for it, and stay in memory for seconds: one that must not be lost has to ask. */
const SETTINGS = ['wal_level=replica', 'synchronous_commit=off', 'wal_writer_delay=10s', 'max_wal_senders=0'];

/** Starts a server in the folder, with an empty database for a mirror. `onExit` is told when it ends though nobody stopped it. */
export async function startMirrorPostgres(folder: string, { signal, onExit }: { signal: AbortSignal; onExit: (text: string) => void }): Promise<MirrorPostgres> {
  const home = openHome(folder, folder);
  const forget = () => {
    rmSync(dataFolder(home, serviceUser()), { recursive: true, force: true });
    rmSync(home.root, { recursive: true, force: true });
  };
  await killStrays(home);
  forget();
  openHome(folder, folder);
  let crashing = false;
  const server = await startPostgres({
    home, secrets: openSecrets(home), port: await freePort(), signal, settings: SETTINGS, say: () => undefined, register: () => undefined,
    onExit: (failure) => { if (!crashing) onExit(failure.message); },
  });
  const { service } = server;
  if (!service) throw new StackFailure('The crash run kills a Postgres of its own: unset DATABASE_URL.');
  const password = randomBytes(18).toString('base64url');
  const admin = await connected(server.url(server.maintenance));
  await admin.query(`create role dipper login password '${password}'`);
  await admin.query(`create database dipper owner dipper encoding 'UTF8' template template0`);
  await admin.end();
  return {
    url: server.url('dipper', { name: 'dipper', password }),
    async crash() {
      crashing = true;
      process.kill(service.pid!, 'SIGQUIT');
      if (!await until(() => service.pid === undefined, 20)) throw new StackFailure('Postgres did not stop at once.');
    },
    async start() {
      // Its backends may outlive it by a moment, and hold its memory.
      for (let tries = 0; ; tries += 1) {
        try {
          await service.start();
          break;
        } catch (error) {
          if (tries === 20) throw error;
        }
      }
      crashing = false;
    },
    async remove() {
      await service.stop();
      forget();
    },
  };
}
