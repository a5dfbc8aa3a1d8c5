import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.js';
import { postgresCpu, processCpu } from './cpu.js';
import type { Load, LoadResult } from './load.js';

export interface Contestant { readonly name: string; readonly pid: number; readonly load: Pick<Load, 'url' | 'token' | 'requests'> }
/** Milliseconds of one request: on the CPU in the server and in Postgres, and on the clock. */
export interface Sample { readonly server: number; readonly postgres: number; readonly p50: number; readonly p95: number; readonly perSecond: number; readonly bytes: number }
export interface Measured extends Sample {
  readonly name: string;
  readonly total: number;
  /** Median over the rounds of total by total of the first contestant in the same round, and all of them. */
  readonly ratio: number;
  readonly ratios: readonly number[];
}

export interface Plan {
  readonly contestants: readonly Contestant[];
  readonly load: Child;
  /** Process id of the Postgres server. */
  readonly postmaster: number;
  readonly rounds: number;
  /** Requests of one round, and before the first. */
  readonly count: number;
  readonly warmUp: number;
  readonly signal: AbortSignal;
}

const CONNECTIONS = 8;
const SETTLE_MS = 100; // what a request leaves behind, such as garbage, belongs to it

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const send = (load: Child, job: Load) => load.ask<LoadResult>(job);

async function round({ load, postmaster, count }: Plan, { pid, load: what }: Contestant): Promise<Sample> {
  const before = { server: processCpu(pid), postgres: postgresCpu(postmaster) };
  const { seconds, p50, p95, bytes } = await send(load, { ...what, count, connections: CONNECTIONS });
  await sleep(SETTLE_MS);
  return { server: (processCpu(pid) - before.server) / count, postgres: (postgresCpu(postmaster) - before.postgres) / count, p50, p95, bytes, perSecond: count / seconds };
}

/** Measures the contestants in turn, each round in another order, after a warm-up: medians of all rounds. */
export async function measure(plan: Plan): Promise<Measured[]> {
  const { contestants, rounds, warmUp, signal } = plan;
  for (const { load } of contestants) await send(plan.load, { ...load, count: warmUp, connections: CONNECTIONS });
  const samples: Sample[][] = contestants.map(() => []);
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const [index] of contestants.entries()) {
      signal.throwIfAborted();
      const which = (index + turn) % contestants.length;
      samples[which]!.push(await round(plan, contestants[which]!));
    }
  }
  const total = ({ server, postgres }: Sample) => server + postgres;
  return contestants.map(({ name }, which) => {
    const own = samples[which]!;
    const ratios = own.map((sample, turn) => total(sample) / total(samples[0]![turn]!));
    const of = (key: keyof Sample) => median(own.map((sample) => sample[key]));
    return { name, ratios, ratio: median(ratios), total: median(own.map(total)), server: of('server'), postgres: of('postgres'), p50: of('p50'), p95: of('p95'), perSecond: of('perSecond'), bytes: of('bytes') };
  });
}
