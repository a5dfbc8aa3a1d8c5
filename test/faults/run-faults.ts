import { setTimeout as sleep } from 'node:timers/promises';
import { emptyFolder, type Home, openHome } from '../../dev/home.js';
import { killStrays } from '../../dev/processes.js';
import { RedisServer } from '../support/redis-server.js';
import type { TestStack } from '../support/stack.js';
import { testIssuer, type TestIssuer } from '../support/test-issuer.js';
import { type DisturbedDipper, type Part, parts, startDisturbed, TIMEOUT_SECONDS } from './disturbed-dipper.js';
import { type Trouble, troubles } from './door.js';
import { Load } from './load.js';
import { type Kind, kinds, makeQuestions, newcomerToken, type Question } from './questions.js';
import { counted, misses, quantile, RECOVERED_WITHIN_SECONDS, type Seen } from './verdict.js';

export interface FaultsOptions {
  readonly stack: TestStack;
  /** For the logs. */
  readonly folder: string;
  /** Of each fault. */
  readonly seconds: number;
  /** A part of the names of those that are wanted, such as `redis` or `issuer down`. */
  readonly only?: string | undefined;
  readonly pauseMs: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const nameOf = (part: Part, trouble: Trouble) => `${part} ${trouble}`;
export const faultNames: readonly string[] = parts.flatMap((part) => troubles.map((trouble) => nameOf(part, trouble)));

/** A request ends by then: its time, Postgres' or Rucio's grace, and some for a busy machine. */
const LATE_MS = (TIMEOUT_SECONDS + 5) * 1000;
/** Without a failure for so long, dipper has recovered. */
const CALM_MS = 1_500;

/** Puts each part that dipper needs in each trouble, under load; all parts at once, each with a dipper of its own. Answers what was not as it must be. */
export async function runFaults(options: FaultsOptions): Promise<string[]> {
  const { folder, report, signal, only = '' } = options;
  const wanted = (part: Part) => troubles.filter((trouble) => nameOf(part, trouble).includes(only));
  const home = openHome(folder, folder);
  await killStrays(home);
  emptyFolder(home.logs);
  const redis = await RedisServer.start();
  const seen: Seen[] = [];
  const faults: string[] = [];
  try {
    const failing = new AbortController();
    const both = AbortSignal.any([signal, failing.signal]);
    const runs = parts.filter((part) => wanted(part).length > 0).map(async (part) => {
      for await (const one of disturb(part, wanted(part), { ...options, signal: both }, home, redis.url, (text) => { faults.push(`${part}: ${text}`); })) {
        seen.push(one);
        report(`${nameOf(one.part, one.trouble)}: ${one.outcomes.length} questions, ${misses(one).length} misses`);
      }
    });
    for (const run of runs) run.catch((error: unknown) => { failing.abort(error); });
    await Promise.allSettled(runs);
    failing.signal.throwIfAborted();
  } finally {
    await redis.remove();
  }
  signal.throwIfAborted();
  report(table(seen));
  faults.push(...seen.flatMap((one) => misses(one).map((miss) => `${nameOf(one.part, one.trouble)}: ${miss}`)));
  for (const fault of faults) report(`WRONG ${fault}`);
  return faults;
}

async function* disturb(part: Part, wanted: readonly Trouble[], options: FaultsOptions, home: Home, redisUrl: string, onFault: (text: string) => void): AsyncGenerator<Seen> {
  const { stack, seconds, pauseMs, signal } = options;
  // Where issuers are in trouble, each fault meets one whose keys are not known yet.
  const issuers = await Promise.all((part === 'issuer' ? wanted : wanted.slice(0, 1)).map(() => testIssuer()));
  let dipper: DisturbedDipper | undefined;
  let load: Load | undefined;
  try {
    dipper = await startDisturbed({ stack, home, name: `serve-${part}`, redisUrl, issuers, onExit: onFault });
    load = new Load({ url: dipper.url, seed: parts.indexOf(part) + 1, pauseMs, lateMs: LATE_MS });
    const asking = await readyToAsk(stack, issuers, load);
    // The issuers in trouble are not met before.
    load.begin((kind) => (part === 'issuer' && kind === 'newcomer' && !asking.isMet ? asking.of('mirror') : asking.of(kind)));
    await sleep(2_000, undefined, { signal });
    for (const [at, trouble] of wanted.entries()) {
      yield await oneFault({ dipper, load, part, trouble, seconds, signal, onTrouble: () => { if (part === 'issuer') asking.meet(at); } });
    }
  } finally {
    await load?.end();
    await dipper?.stop();
    await Promise.all(issuers.map((issuer) => issuer.close()));
  }
}

interface Asking { readonly isMet: boolean; meet(at: number): void; of(kind: Kind): readonly Question[] }

async function readyToAsk(stack: TestStack, issuers: readonly TestIssuer[], load: Load): Promise<Asking> {
  const { questions, newcomers } = await makeQuestions(stack, issuers[0]!, async (headers, body) => {
    const { status, text } = await load.post(headers, body);
    const { data, errors } = JSON.parse(text) as { data: unknown; errors?: unknown };
    if (status !== 200 || errors) throw new Error(`Nothing is in trouble yet, and dipper answers ${status} ${text.slice(0, 500)}`);
    return JSON.stringify(data);
  });
  const byKind = new Map(kinds.map((kind) => [kind, questions.filter((one) => one.kind === kind)]));
  const tokens = await Promise.all(issuers.map((issuer) => newcomerToken(issuer, stack.signIn.audience)));
  let met: number | undefined;
  byKind.set('newcomer', newcomers(tokens[0]!));
  return {
    get isMet() { return met !== undefined; },
    meet(at) {
      met = at;
      byKind.set('newcomer', newcomers(tokens[at]!));
    },
    of: (kind) => byKind.get(kind)!,
  };
}

interface OneFault { readonly dipper: DisturbedDipper; readonly load: Load; readonly part: Part; readonly trouble: Trouble; readonly seconds: number; readonly signal: AbortSignal; readonly onTrouble: () => void }

async function oneFault({ dipper, load, part, trouble, seconds, signal, onTrouble }: OneFault): Promise<Seen> {
  const before = dipper.use();
  const peak = { ...before };
  const look = () => {
    const { bytes, handles } = dipper.use();
    Object.assign(peak, { bytes: Math.max(peak.bytes, bytes), handles: Math.max(peak.handles, handles) });
  };
  const skippedBefore = await dipper.skippedByRedis();
  load.outcomes.length = 0;
  for (const door of dipper.doors(part)) await door.set(trouble);
  onTrouble();
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    await sleep(Math.min(250, end - Date.now()), undefined, { signal });
    look();
  }
  for (const door of dipper.doors(part)) await door.set(undefined);
  const ended = Date.now();
  const during = load.outcomes.length;
  let skipped = await dipper.skippedByRedis();
  let lastSkip = ended;
  let recovery: number | undefined;
  while (recovery === undefined && Date.now() - ended < (RECOVERED_WITHIN_SECONDS + TIMEOUT_SECONDS) * 1000) {
    await sleep(250, undefined, { signal });
    look();
    const now = part === 'redis' ? await dipper.skippedByRedis() : skipped;
    if (now !== skipped) [skipped, lastSkip] = [now, Date.now()];
    const last = Math.max(lastSkip, ...load.outcomes.slice(during).filter(({ code }) => code !== 'ok').map(({ endedAt }) => endedAt));
    const sinceThen = load.outcomes.filter(({ endedAt }) => endedAt > last);
    if (Date.now() - last > CALM_MS && kinds.every((kind) => sinceThen.some((one) => one.kind === kind))) recovery = (last - ended) / 1000;
  }
  return { part, trouble, recovery, skippedByRedis: skipped - skippedBefore, before, peak, after: dipper.use(), outcomes: [...load.outcomes] };
}

function table(seen: readonly Seen[]): string {
  const rows = [...seen].sort((a, b) => parts.indexOf(a.part) - parts.indexOf(b.part)).flatMap(({ part, trouble, outcomes, recovery, before, peak, after }) => kinds.map((kind, at) => {
    const all = outcomes.filter((one) => one.kind === kind);
    const ms = all.map((one) => one.ms);
    const ok = all.filter(({ code }) => code === 'ok').length;
    const codes = counted(all.map(({ code }) => code).filter((code) => code !== 'ok')).map(([code, count]) => `${count} ${code}`).join(', ');
    const whole = at === 0 ? [recovery === undefined ? 'never' : `${recovery.toFixed(1)} s`, [before, peak, after].map(({ bytes }) => Math.round(bytes / 1e6)).join('/'), [before, peak, after].map(({ handles }) => handles).join('/')] : ['', '', ''];
    return [nameOf(part, trouble), kind, String(all.length), `${(100 * ok / all.length).toFixed(1)} %`, quantile(ms, 0.5).toFixed(0), quantile(ms, 0.95).toFixed(0), Math.max(...ms).toFixed(0), ...whole, codes];
  }));
  const head = ['fault', 'who asks', 'asked', 'answered', 'p50 ms', 'p95 ms', 'max ms', 'recovery', 'MB before/peak/after', 'handles', 'refused with'];
  return ['', `| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map((row) => `| ${row.join(' | ')} |`), ''].join('\n');
}
