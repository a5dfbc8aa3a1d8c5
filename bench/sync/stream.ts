import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { processCpu } from '../cpu.js';
import type { Running } from './process.js';
import { type Probe, quantile } from './probe.js';
import type { Writer } from './writer.js';

export interface Streaming { readonly writer: Writer; readonly probe: Probe; readonly source: pg.ClientBase; readonly mirror: pg.ClientBase; readonly sync: Running; readonly signal: AbortSignal; readonly report: (text: string) => void }

/** Lags in ms, at so many changes a second. */
export interface LagResult { readonly perSecond: number; readonly marks: number; readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number }

/** What sync kept up with. CPU in ms a thousand changed rows: sync's, the walsender's of the source, the backend's of the mirror. */
export interface RateResult {
  readonly offered: number;
  readonly perSecond: number;
  /** Of marks in the last third of the time: grows with the time where sync cannot follow. */
  readonly lag: number;
  /** Until the mirror had all, after the last change. */
  readonly drainSeconds: number;
  readonly cpu: { readonly sync: number; readonly walsender: number; readonly mirror: number };
}

const LAG_CHANGES = 100;
const LAG_SECONDS = 90;
const MARK_EVERY = 5;
const KEPT_UP_MS = 1_000;

/** 100 transactions a second, evenly, every fifth of which is looked for in the mirror. */
export async function measureLag({ writer, probe, signal }: Streaming): Promise<LagResult> {
  const before = probe.lags.length;
  const start = performance.now();
  for (let change = 0; change < LAG_CHANGES * LAG_SECONDS; change += 1) {
    signal.throwIfAborted();
    const early = start + change * 1000 / LAG_CHANGES - performance.now();
    if (early > 1) await sleep(early);
    await (change % MARK_EVERY === 0 ? probe.mark() : writer.change());
  }
  const perSecond = LAG_CHANGES * LAG_SECONDS / ((performance.now() - start) / 1000);
  await probe.mark();
  await probe.settled(60);
  const lags = probe.lags.slice(before);
  return { perSecond, marks: lags.length, p50: quantile(lags, 0.5), p95: quantile(lags, 0.95), p99: quantile(lags, 0.99), max: Math.max(...lags) };
}

/** On-CPU ms of the three processes that changes pass. */
async function costs({ source, mirror, sync }: Streaming) {
  const { rows: [walsender] } = await source.query<{ pid: number }>(`select active_pid as pid from pg_replication_slots where active and database = current_database()`);
  const { rows: backends } = await mirror.query<{ pid: number }>(`select pid from pg_stat_activity where datname = current_database() and application_name like 'dipper %'`);
  const pids = backends.map(({ pid }) => pid);
  return () => ({ sync: sync.cpu() * 1000, walsender: processCpu(walsender!.pid), mirror: pids.reduce((sum, pid) => sum + processCpu(pid), 0) });
}

async function measureRate(streaming: Streaming, offered: number, seconds: number): Promise<RateResult> {
  const { writer, probe, signal } = streaming;
  const cost = await costs(streaming);
  const before = cost();
  const first = probe.lags.length;
  let over = false;
  const marking = (async () => {
    for (; !over; await sleep(200)) await probe.mark();
  })();
  const written = await writer.offer(offered, seconds, signal);
  over = true;
  await marking;
  const end = performance.now();
  await probe.mark(); // behind the last change
  await probe.settled(600);
  const drainSeconds = (performance.now() - end) / 1000;
  const after = cost();
  const lags = probe.lags.slice(first);
  const per = (kind: keyof typeof before) => (after[kind] - before[kind]) / (written.rows / 1000);
  return {
    offered, perSecond: written.rows / written.seconds, lag: quantile(lags.slice(-Math.ceil(lags.length / 3)), 0.5), drainSeconds,
    cpu: { sync: per('sync'), walsender: per('walsender'), mirror: per('mirror') },
  };
}

/** Offers 2,000 changed rows a second, twice as many, and so on, until the lag grows or the writer cannot write more. */
export async function measureRates(streaming: Streaming, seconds = 30): Promise<RateResult[]> {
  const results: RateResult[] = [];
  for (let offered = 2_000; ; offered *= 2) {
    const result = await measureRate(streaming, offered, seconds);
    results.push(result);
    streaming.report(`${offered} rows/s offered, ${result.perSecond.toFixed(0)} written: lag ${result.lag.toFixed(0)} ms, drained in ${result.drainSeconds.toFixed(1)} s, CPU a thousand rows: sync ${result.cpu.sync.toFixed(0)}, walsender ${result.cpu.walsender.toFixed(0)}, mirror ${result.cpu.mirror.toFixed(0)} ms`);
    if (result.lag > KEPT_UP_MS || result.perSecond < offered * 0.9) return results;
  }
}
