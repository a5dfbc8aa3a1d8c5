import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackDescriptor } from '../dev/descriptor.js';
import { repository } from '../dev/repository.js';
import { StackFailure } from '../dev/stack-failure.js';
import { until } from '../dev/until.js';
import { postgresCpu, processCpu } from './cpu.js';
import { median } from './measure.js';
import { openRucioPackage, type RucioPackage } from './rucio-package.js';

/** What one package costs, in milliseconds: on the clock of the client, and on the CPU. */
export interface PackageCost { readonly clock: number; readonly client: number; readonly server: number; readonly postgres: number }

/** Rucio by dipper, medians of the rounds' ratios: on the clock, of all CPU, and of the servers' CPU without the client's. */
export interface Compared extends PackageCost { readonly ratio: { readonly clock: number; readonly cpu: number; readonly servers: number } }

export interface RucioResult {
  readonly files: number;
  readonly copies: number;
  readonly rounds: number;
  /** Medians over the rounds. */
  readonly rucio: PackageCost;
  readonly dipper: Compared;
  /** dipper's package without PFNs, which Rucio always makes. */
  readonly lean: Compared;
}

const ROUNDS = 9;
const WARM_UP = { rucio: 2, dipper: 50, lean: 50 } as const;
/** A package of dipper's takes so little that several make one sample. */
const TIMES = { rucio: 1, dipper: 10, lean: 10 } as const;
const SIDES = ['rucio', 'dipper', 'lean'] as const;
const MIRROR_SECONDS = 120;
const SETTLE_MS = 100; // what a request leaves behind belongs to it

type Side = keyof typeof TIMES;

/** A process and its children; gunicorn's workers are children of the one that the stack knows. */
function familyCpu(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return [pid, ...children].reduce((sum, one) => sum + processCpu(one), 0);
}

function pidOf({ pids }: StackDescriptor, name: string, why: string): number {
  const pid = pids[name];
  if (pid === undefined) throw new StackFailure(`The stack runs no ${name}: ${why}`);
  return pid;
}

/**
 * Compares the package of 200 files (names by metadata, all metadata, all copies with their PFNs) as Rucio's Python client fetches it with dipper's one query.
 * Both are asked from the same process. The files are put into a scope of their own, `bench`, and stay there: give it a stack that is thrown away, or that may keep them.
 * Throws when the two do not give the same.
 */
export async function benchRucio(stack: StackDescriptor, signal: AbortSignal): Promise<RucioResult> {
  pidOf(stack, 'memcached', 'without a cache Rucio would look slower than it is.');
  const postgres = pidOf(stack, 'postgres', 'only one of its own can be measured; unset DATABASE_URL.');
  const servers = { rucio: pidOf(stack, 'rucio', 'there is nothing to compare with.'), dipper: pidOf(stack, 'serve', 'there is nothing to compare with.') };
  const client = await openRucioPackage({
    command: stack.paths.python, args: [path.join(repository, 'bench', 'rucio-package.py')], env: { ...stack.env, DIPPER_URL: `${stack.urls.dipper}/graphql` }, signal,
  });
  try {
    await client.ask('register');
    let found: unknown;
    const differences = async () => { found = await client.ask('compare'); return found; };
    const isSame = async () => JSON.stringify(await differences()) === '[]';
    if (!await until(isSame, MIRROR_SECONDS, signal)) throw new StackFailure(`Rucio and dipper do not give the same package: ${JSON.stringify(found)}`);
    for (const side of SIDES) await client.ask(side, WARM_UP[side]);

    const samples: Record<Side, PackageCost[]> = { rucio: [], dipper: [], lean: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const order = SIDES.map((_, index) => SIDES[(index + round) % SIDES.length]!);
      for (const side of order) samples[side].push(await sample(side, { client, server: side === 'rucio' ? servers.rucio : servers.dipper, postgres, signal }));
    }
    if (!await isSame()) throw new StackFailure(`Rucio and dipper no longer give the same package: ${JSON.stringify(found)}`);
    return { files: client.files, copies: client.copies, rounds: ROUNDS, rucio: medians(samples.rucio), dipper: compared(samples, 'dipper'), lean: compared(samples, 'lean') };
  } finally {
    await client.close();
  }
}

async function sample(side: Side, of: { client: RucioPackage; server: number; postgres: number; signal: AbortSignal }): Promise<PackageCost> {
  const read = () => ({ client: processCpu(of.client.pid), server: familyCpu(of.server), postgres: postgresCpu(of.postgres) });
  const times = TIMES[side];
  const before = read();
  const clock = await of.client.ask(side, times);
  await sleep(SETTLE_MS, undefined, { signal: of.signal });
  const after = read();
  const each = (key: keyof typeof before) => (after[key] - before[key]) / times;
  return { clock: Number(clock) / times, client: each('client'), server: each('server'), postgres: each('postgres') };
}

function medians(samples: readonly PackageCost[]): PackageCost {
  const of = (key: keyof PackageCost) => median(samples.map((one) => one[key]));
  return { clock: of('clock'), client: of('client'), server: of('server'), postgres: of('postgres') };
}

function compared(samples: Readonly<Record<Side, readonly PackageCost[]>>, side: Side): Compared {
  const of = (value: (cost: PackageCost) => number) => median(samples.rucio.map((cost, round) => value(cost) / value(samples[side][round]!)));
  const servers = ({ server, postgres }: PackageCost) => server + postgres;
  return { ...medians(samples[side]), ratio: { clock: of(({ clock }) => clock), cpu: of((cost) => servers(cost) + cost.client), servers: of(servers) } };
}
