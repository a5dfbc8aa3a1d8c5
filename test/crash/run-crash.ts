import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { emptyFolder, openHome } from '../../dev/home.js';
import { killStrays } from '../../dev/processes.js';
import { until } from '../../dev/until.js';
import { compareMirror } from '../support/compare-mirror.js';
import { digestMirror } from '../support/digest-mirror.js';
import { seeded } from '../support/parity-random.js';
import type { TestStack } from '../support/stack.js';
import { connected } from './connected.js';
import { afterFreeze, afterKill } from './failover.js';
import { startFleet, type Fleet } from './fleet.js';
import { dropSlot, pickKind, type Scene } from './kinds.js';
import { startMirrorPostgres, type MirrorPostgres } from './mirror-postgres.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

export interface CrashOptions {
  /** The archive whose Rucio is written and followed. */
  readonly stack: TestStack;
  /** For the mirror's Postgres and the logs. */
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
  /** Times that the lead is lost by a kill, and by a freeze, to measure how long the mirror stands still. */
  readonly failovers: number;
  /** Between two very large transactions. */
  readonly pauseMs: number;
  /** Files that do not change, to make snapshots last. */
  readonly files: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Longest time, left alone, until the mirror has caught up. */
const CAUGHT_UP_WITHIN_SECONDS = 60;
const MOST_FAULTS = 50;
/** Answers between two kills that a reader feels. */
const LOOKS = 10;

/** Kills parts of dipper while a writer changes Rucio and a reader watches; in the end compares the mirror with Rucio. Answers what was wrong. */
export async function runCrash(options: CrashOptions): Promise<string[]> {
  const { stack, folder, seed, report, signal } = options;
  const home = openHome(folder, folder);
  await killStrays(home);
  emptyFolder(home.logs);
  const faults: string[] = [];
  const began = Date.now();
  const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
  const onFault = (text: string) => {
    faults.push(text);
    if (faults.length <= MOST_FAULTS) report(`WRONG ${seconds()} ${text}`);
  };
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const run = `${seed.toString(36)}${process.pid.toString(36)}`;
    const slot = `dipper_crash_${run}`;
    const followUrl = stack.env['RUCIO_DATABASE_URL']!;
    const follower = new pg.Pool({ connectionString: followUrl, max: 2, connectionTimeoutMillis: 10_000, options: '-c timezone=UTC' });
    undo.push(() => follower.end());
    const random = seeded(seed);
    const [postgres, writer] = await Promise.all([
      startMirrorPostgres(path.join(folder, 'mirror'), { signal, onExit: onFault }).then((server) => { undo.push(() => server.remove()); return server; }),
      Writer.begin({ stack, run, random: seeded(seed + 1), huge: 4_000, still: options.files, pauseMs: options.pauseMs })
        .then((made) => { undo.push(() => made.end()); return made; }),
    ]);
    const fleet = await startFleet({ folder, mirrorUrl: postgres.url, rucioUrl: followUrl, env: stack.env, slot, signal, onFault });
    undo.push(() => dropSlot(follower, slot), () => fleet.stop());
    report(`ready after ${seconds()}: seed ${seed}, ${options.kills} kills, ${4_000 + options.files} files and more`);
    await play({ ...options, postgres, writer, fleet, follower, slot, random, faults, onFault, seconds });
  } finally {
    for (const step of undo.reverse()) await step().catch((error: unknown) => { onFault(`could not clean up: ${(error as Error).message}`); });
  }
  signal.throwIfAborted();
  return faults;
}

interface Stage extends CrashOptions {
  readonly postgres: MirrorPostgres;
  readonly writer: Writer;
  readonly fleet: Fleet;
  readonly follower: pg.Pool;
  readonly slot: string;
  readonly random: ReturnType<typeof seeded>;
  readonly faults: readonly string[];
  readonly onFault: (text: string) => void;
  readonly seconds: () => string;
}

async function play(stage: Stage): Promise<void> {
  const { kills, writer, fleet, postgres, follower, slot, random, report, signal, faults, onFault, seconds } = stage;
  let disturbedAt = Date.now();
  const reader = new Reader({ url: fleet.url, writer, disturbedAt: () => disturbedAt, onFault });
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const failing = (error: unknown) => { onFault(`the run broke: ${(error as Error).stack ?? String(error)}`); stop.abort(); };
  const stopWriter = new AbortController();
  const writing = writer.write(AbortSignal.any([both, stopWriter.signal])).catch(failing);
  const reading = reader.read(both).catch(failing);
  const counts = new Map<string, number>();
  const during = new Map<string, number>();
  let dropped = 0;
  let answered = 0;
  try {
    for (let kill = 1; kill <= kills && !both.aborted; kill += 1) {
      if (faults.length >= MOST_FAULTS) break;
      if ((random() < 0.25 || kill === kills >> 1) && !await caughtUp(stage, reader, both)) break;
      if (random() < 0.12) {
        await dropSlot(follower, slot);
        dropped += 1;
      }
      await sleep(random() < 0.4 ? random() * 500 : random() * 3_500, undefined, { signal: both });
      const leader = (await fleet.leader()) ?? random.pick(fleet.syncs);
      const scene: Scene = { fleet, postgres, random, leader, other: fleet.syncs.find((sync) => sync !== leader)! };
      const kind = pickKind(scene);
      // Most times a reader is to have seen something since it last felt a kill.
      if (kind.isFelt && random() < 0.8) await until(() => reader.answers > answered + LOOKS, 30, both);
      const state = reader.last?.state ?? 'not answering';
      const begun = Date.now();
      if (kind.isFelt) disturbedAt = Infinity;
      await kind.run(scene);
      if (kind.isFelt) {
        disturbedAt = Date.now();
        answered = reader.answers;
      }
      counts.set(kind.name, (counts.get(kind.name) ?? 0) + 1);
      during.set(state, (during.get(state) ?? 0) + 1);
      report(`${String(kill).padStart(4)} ${seconds().padStart(8)}  ${kind.name} (${leader.daemon.name}, ${state}, ${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    }
    stopWriter.abort();
    await writing;
    if (!both.aborted) await measureFailover(stage, both);
    if (!both.aborted) await compare(stage, reader, both);
  } catch (error) {
    if (!both.aborted) failing(error);
  } finally {
    stop.abort();
    await Promise.all([writing, reading]);
    const list = (map: ReadonlyMap<string, number>) => [...map].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${count} x ${name}`).join(', ');
    report(`\nkills: ${list(counts)}\nthe mirror was: ${list(during)}\nthe slot was dropped ${dropped} times; ${fleet.said('snapshot: begins')} snapshots begun, ${fleet.said('snapshot: done')} done, ${fleet.said('this process leads')} times another led`);
    report(`writer: ${writer.changes} transactions, of them ${Object.entries(writer.series).map(([name, { count }]) => `${count} of ${name}`).join(', ')}`);
    report(`reader: ${reader.answers} answers, ${reader.walks} walks, refused: ${list(reader.refusals) || 'never'}; longest without an answer ${(reader.longestWaitMs / 1000).toFixed(1)} s, longest lag ${reader.longestLag.toFixed(1)} s`);
  }
}

/** Longest time until a change is in the mirror after the lead was lost. */
const FAILOVER_SECONDS = 10;

async function measureFailover({ fleet, postgres, writer, failovers, report, onFault }: Stage, signal: AbortSignal): Promise<void> {
  if (!failovers) return;
  const mirror = await connected(postgres.url);
  const options = { leader: async () => (await fleet.leader())?.daemon, mirror, signal, change: (number: number) => writer.touch(number), shown: `select from mirror.file where metadata->'touched' = to_jsonb($1::int)` };
  const seconds: Record<string, number[]> = { 'kill -9': [], freeze: [] };
  try {
    for (let number = 1; number <= failovers; number += 1) {
      seconds['kill -9']!.push(await afterKill(options, 2 * number));
      const frozen = await afterFreeze(options, 2 * number + 1, () => writer.renumber());
      seconds['freeze']!.push(frozen.seconds);
      for (const fault of frozen.faults) onFault(fault);
    }
  } finally {
    await mirror.end();
  }
  for (const [kind, all] of Object.entries(seconds)) {
    const sorted = [...all].sort((a, b) => a - b);
    const longest = sorted.at(-1)!;
    report(`a change made after a ${kind} of the sync that leads is in the mirror after ${sorted[sorted.length >> 1]!.toFixed(1)} s, at most ${longest.toFixed(1)} s (${all.length} times)`);
    if (longest > FAILOVER_SECONDS) onFault(`${longest.toFixed(1)} s until another led after a ${kind}`);
  }
}

/** Waits until the mirror shows a moment after now. */
async function caughtUp({ onFault }: Stage, reader: Reader, signal: AbortSignal): Promise<boolean> {
  const now = new Date().toISOString();
  const isThere = () => (reader.last?.asOf ?? '') > now;
  const hasCaughtUp = await until(isThere, CAUGHT_UP_WITHIN_SECONDS, signal);
  if (!hasCaughtUp) onFault(`the mirror has not caught up after ${CAUGHT_UP_WITHIN_SECONDS} s: asOf ${reader.last?.asOf}, ${reader.last?.state}`);
  return hasCaughtUp;
}

/** Every row of the mirror and of Rucio, once nobody writes any more. */
async function compare(stage: Stage, reader: Reader, signal: AbortSignal): Promise<void> {
  const { postgres, stack, report, onFault } = stage;
  await caughtUp(stage, reader, signal);
  const [rucio, mirror] = await Promise.all([connected(stack.rucioOwnerUrl), connected(postgres.url)]);
  try {
    report(`\n${'rows'.padStart(9)}  ${'Rucio'.padEnd(32)}  ${'mirror'.padEnd(32)}`);
    for (const [kind, { rows, digests }] of Object.entries(await digestMirror(rucio, mirror))) {
      const isEqual = rows[0] === rows[1] && digests[0] === digests[1];
      report(`${String(rows[0]).padStart(9)}  ${digests.join('  ')}  ${kind}${isEqual ? '' : '  DIFFERS'}`);
    }
    const some = (rows: readonly string[]) => `${rows.length}${rows.slice(0, 3).map((row) => `\n        ${row.slice(0, 300)}`).join('')}`;
    for (const [kind, { onlyInRucio, onlyInMirror }] of Object.entries(await compareMirror(rucio, mirror))) {
      onFault(`${kind} differ: only in Rucio ${some(onlyInRucio)}\n      only in the mirror ${some(onlyInMirror)}`);
    }
    const aside = await mirror.query<{ text: string }>(`select source_table || ' ' || key || ': ' || reason as text from mirror.set_aside`);
    for (const { text } of aside.rows) onFault(`set aside: ${text}`);
    const slots = await rucio.query<{ name: string }>('select slot_name as name from pg_replication_slots where slot_name like $1', [`${stage.slot}%`]);
    if (slots.rows.length !== 1) onFault(`slots left: ${slots.rows.map(({ name }) => name).join(', ') || 'none'}`);
  } finally {
    await Promise.all([rucio.end(), mirror.end()]);
  }
}
