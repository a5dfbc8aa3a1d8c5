import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { StackFailure } from '../../dev/stack-failure.js';
import { until } from '../../dev/until.js';
import type { Fleet, Sync } from './fleet.js';

export interface FailoverOptions {
  readonly fleet: Pick<Fleet, 'syncs' | 'leader'>;
  /** Of the mirror, straight. */
  readonly mirror: pg.Client;
  /** Makes a change in Rucio; answers once it is committed. */
  readonly change: (number: number) => Promise<unknown>;
  /** Statement that gives a row once the change with the number `$1` is in the mirror. */
  readonly shown: string;
  readonly signal: AbortSignal;
}

const WITHIN_SECONDS = 60;

async function whoLeads({ fleet, mirror, signal }: FailoverOptions): Promise<Sync> {
  let leader: Sync | undefined;
  const isStreaming = async () => {
    leader = await fleet.leader();
    return leader !== undefined && (await mirror.query(`select from mirror.source where state = 'STREAMING' and as_of > now() - interval '2 s'`)).rowCount === 1;
  };
  if (!await until(isStreaming, WITHIN_SECONDS, signal)) throw new StackFailure('No sync leads.');
  return leader!;
}

/** Makes a change and waits until it is in the mirror. Answers the seconds from before the change. */
async function untilShown({ mirror, change, shown, signal }: FailoverOptions, number: number): Promise<number> {
  const begun = Date.now();
  await change(number);
  await until(async () => (await mirror.query(shown, [number])).rowCount! > 0, WITHIN_SECONDS, signal);
  return (Date.now() - begun) / 1000;
}

/** Kills the sync that leads. Answers the seconds until a change made then is in the mirror. */
export async function afterKill(options: FailoverOptions, number: number): Promise<number> {
  const leader = await whoLeads(options);
  await leader.daemon.kill();
  try {
    return await untilShown(options, number);
  } finally {
    await leader.daemon.start();
  }
}

export interface Frozen {
  readonly seconds: number;
  /** What is wrong with the one that had been frozen. */
  readonly faults: readonly string[];
}

/**
 * Freezes the sync that leads, in the midst of a transaction where `busy` begins one that takes long to apply. Another must take over;
 * when the first goes on, what it has begun must fail, and it must stand by.
 */
export async function afterFreeze(options: FailoverOptions, number: number, busy: () => Promise<unknown>): Promise<Frozen> {
  const { mirror, fleet, signal } = options;
  const leader = await whoLeads(options);
  await busy();
  const session = `select pid::int, xact_start is not null as busy from pg_stat_activity where application_name = 'dipper sync' and pid in (select pid from pg_locks where locktype = 'advisory' and granted)`;
  const lead = async () => (await mirror.query<{ pid: number; busy: boolean }>(session)).rows[0];
  await until(async () => (await lead())?.busy === true, 5, signal);
  leader.daemon.freeze();
  const before = await lead();
  const faults: string[] = [];
  let seconds: number;
  try {
    seconds = await untilShown(options, number);
  } finally {
    leader.daemon.thaw();
  }
  const { rows: [then] } = await mirror.query<{ term: string }>('select term from mirror.source');
  await sleep(3_000);
  const { rows: [now] } = await mirror.query<{ term: string; there: boolean }>('select term, exists (select from pg_stat_activity where pid = $1) as there from mirror.source', [before?.pid]);
  if (now!.there) faults.push(`the connection ${before?.pid} of the frozen ${leader.daemon.name} lives on`);
  if (now!.term !== then!.term) faults.push(`${leader.daemon.name} took the lead again: term ${now!.term} after ${then!.term}`);
  if ((await fleet.leader()) === leader) faults.push(`${leader.daemon.name} leads, though another took over`);
  return { seconds, faults };
}
