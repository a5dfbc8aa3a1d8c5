import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { StackFailure } from '../../dev/stack-failure.js';
import { until } from '../../dev/until.js';

/** A sync process that may lead. */
export interface Candidate {
  readonly name: string;
  /** Done once it leads or stands by. */
  start(): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

export interface FailoverOptions {
  /** Who leads now. */
  readonly leader: () => Promise<Candidate | undefined>;
  /** Of the mirror, straight. */
  readonly mirror: pg.Client;
  /** Makes a change in Rucio; answers once it is committed. */
  readonly change: (number: number) => Promise<unknown>;
  /** Statement that gives a row once the change with the number `$1` is in the mirror. */
  readonly shown: string;
  readonly signal: AbortSignal;
}

/** The session that holds the mirror's lock: its pid, the client's port, and whether a transaction is open. */
export async function readLeaderSession(mirror: pg.Client): Promise<{ pid: number; port: number; busy: boolean } | undefined> {
  const { rows } = await mirror.query<{ pid: number; port: number; busy: boolean }>(`
    select pid, client_port as port, xact_start is not null as busy from pg_stat_activity join pg_locks using (pid)
    where locktype = 'advisory' and granted and application_name = 'dipper sync' and datname = current_database()`);
  return rows[0];
}

const WITHIN_SECONDS = 60;

/** Who leads, once the mirror has caught up. */
async function whoLeads({ leader, mirror, signal }: FailoverOptions): Promise<Candidate> {
  let found: Candidate | undefined;
  const isCurrent = async () => {
    found = await leader();
    return found !== undefined && (await mirror.query(`select from mirror.source where state = 'STREAMING' and as_of > now() - interval '2 s'`)).rowCount === 1;
  };
  if (!await until(isCurrent, WITHIN_SECONDS, signal)) throw new StackFailure('No sync leads, or it does not catch up.');
  return found!;
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
  await leader.kill();
  try {
    return await untilShown(options, number);
  } finally {
    await leader.start();
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
  const { mirror, signal } = options;
  const leader = await whoLeads(options);
  await busy();
  const term = async () => (await mirror.query<{ term: string }>('select term from mirror.source')).rows[0]!.term;
  const isBusy = await until(async () => (await readLeaderSession(mirror))?.busy === true, 5, signal);
  leader.freeze();
  const session = await readLeaderSession(mirror);
  const faults = isBusy ? [] : [`${leader.name} was frozen while it had nothing to do`];
  let seconds: number;
  let taken: string;
  try {
    seconds = await untilShown(options, number);
    taken = await term();
  } finally {
    leader.thaw();
  }
  await sleep(3_000);
  const { rowCount } = await mirror.query('select from pg_stat_activity where pid = $1', [session?.pid]);
  if (rowCount) faults.push(`the connection ${session?.pid} of ${leader.name}, which had been frozen, lives on`);
  if ((await term()) !== taken) faults.push(`another sync leads by term ${await term()} after ${leader.name} went on; it was term ${taken}`);
  if ((await options.leader()) === leader) faults.push(`${leader.name} leads, though another took over`);
  return { seconds, faults };
}
