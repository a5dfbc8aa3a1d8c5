import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Random } from '../support/parity-random.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import type { Daemon } from './daemon.js';
import type { Fleet, Sync } from './fleet.js';
import type { MirrorPostgres } from './mirror-postgres.js';

/** What kills need. */
export interface Scene {
  readonly fleet: Fleet;
  readonly postgres: MirrorPostgres;
  readonly random: Random;
  /** The sync that leads, or any where none does. */
  readonly leader: Sync;
  readonly other: Sync;
}

/** One way to do harm. What must be undone, such as a pause, is undone when it ends. */
export interface Kind {
  readonly name: string;
  readonly weight: number;
  /** Whether a reader can feel it. */
  readonly isFelt: boolean;
  /** Processes that must run for it to mean anything. */
  needs(scene: Scene): readonly Daemon[];
  run(scene: Scene): Promise<void>;
}

/** Milliseconds up to so many seconds, short ones more often. */
const upTo = (random: Random, seconds: number): number => random() ** 2 * seconds * 1000;

/** The ways to lose a connection, at the door that `of` names. */
function doors(name: string, weight: number, of: (scene: Scene) => TcpProxy, needs: Kind['needs'], isFelt = false): Kind[] {
  return [
    { name: `cut ${name}`, weight: 2 * weight, isFelt, needs, run: async (scene) => { of(scene).cut(); } },
    { name: `half-open ${name}`, weight, isFelt, needs, run: async (scene) => { of(scene).abandon(); } },
    { name: `half-open one connection of ${name}`, weight, isFelt, needs, run: async (scene) => { of(scene).abandonOne(scene.random()); } },
    {
      name: `stall ${name}`, weight, isFelt, needs,
      async run(scene) {
        const door = of(scene);
        door.stall();
        await sleep(upTo(scene.random, 8));
        door.resume();
      },
    },
  ];
}

const theLeader: Kind['needs'] = ({ leader }) => [leader.daemon];
const theServer: Kind['needs'] = ({ fleet }) => [fleet.serve.daemon];

const kinds: readonly Kind[] = [
  { name: 'kill -9 the sync that leads', weight: 20, isFelt: false, needs: theLeader, run: ({ leader, random }) => leader.daemon.kill(upTo(random, 3)) },
  { name: 'kill -9 the sync that stands by', weight: 5, isFelt: false, needs: ({ other }) => [other.daemon], run: ({ other, random }) => other.daemon.kill(upTo(random, 3)) },
  {
    name: 'kill -9 both syncs', weight: 5, isFelt: false, needs: ({ leader, other }) => [leader.daemon, other.daemon],
    run: async ({ leader, other, random }) => { await Promise.all([leader.daemon.kill(upTo(random, 3)), other.daemon.kill(upTo(random, 3))]); },
  },
  { name: 'kill -9 serve', weight: 12, isFelt: true, needs: theServer, run: ({ fleet, random }) => fleet.serve.daemon.kill(upTo(random, 2)) },
  {
    name: "stop the mirror's Postgres at once", weight: 16, isFelt: true, needs: () => [],
    async run({ postgres, random }) {
      await postgres.crash();
      await sleep(upTo(random, 2));
      await postgres.start();
    },
  },
  {
    name: 'freeze the sync that leads', weight: 8, isFelt: false, needs: theLeader,
    async run({ leader, random }) {
      leader.daemon.freeze();
      await sleep(upTo(random, 14));
      leader.daemon.thaw();
    },
  },
  ...doors('the leading sync and Rucio', 3, ({ leader }) => leader.toRucio, theLeader),
  ...doors('the leading sync and the mirror', 3, ({ leader }) => leader.toMirror, theLeader),
  ...doors('serve and the mirror', 2, ({ fleet }) => fleet.serve.toMirror, theServer, true),
];

/** One kind by chance and weight that means something now. */
export function pickKind(scene: Scene): Kind {
  const able = kinds.filter((kind) => kind.needs(scene).every(({ isUp }) => isUp));
  let dice = scene.random() * able.reduce((total, { weight }) => total + weight, 0);
  return able.find(({ weight }) => (dice -= weight) < 0)!;
}

/** Drops the slot, as an operator does in need: the next sync has to take a new snapshot. Nothing where it is not there. */
export async function dropSlot(rucio: pg.Pool, slot: string): Promise<void> {
  await rucio.query('select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active', [slot]);
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      await rucio.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [slot]);
      return;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== '55006') throw error; // in use
      await sleep(50);
    }
  }
}
