import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Wire, type WireAnswer } from './wire.js';

/** What is to be asked of a server on loopback, whole requests as they go over the wire, in turn: by so many who wait for their answer, or at a rate, whatever is answered. */
export interface Job { readonly port: number; readonly requests: readonly string[]; readonly seconds: number; readonly askers?: number; readonly rate?: number }

/** Milliseconds. */
export interface Times { readonly count: number; readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number }

export interface Offered {
  readonly answered: Times;
  /** 503 with a code and Retry-After, as they must be. */
  readonly refused: Times;
  /** Of each second in turn, by when the question went out. */
  readonly seconds: readonly { readonly answered: Times; readonly refused: number }[];
  /** All that is neither an answer nor a refusal as it must be: the first few as text. */
  readonly wrong: { readonly count: number; readonly first: readonly string[] };
  /** How late questions went out, after their moment: of who asks, not of the server. */
  readonly lag: Times;
  /** 99 % of the turns of this process' event loop took no longer. */
  readonly loopP99: number;
  /** Processor seconds of this process a second. */
  readonly cpu: number;
}

const TICK_MS = 1;
/** Who asks waits where so many are under way, and is late. */
const WIRES = 500;
/** Connections that are made at a time. */
const AT_ONCE = 10;
/** Answers that are under way at the end are waited for. */
const LAST_MS = 10_000;

function timesOf(values: readonly number[]): Times {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: values.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

function kindOf(answer: WireAnswer | undefined): 'answered' | 'refused' | 'wrong' {
  if (answer?.status === 200 && !answer.body.includes('"errors"')) return 'answered';
  return answer?.status === 503 && /\r\nretry-after: \d/i.test(answer.head) && answer.body.includes('"UNAVAILABLE"') ? 'refused' : 'wrong';
}

/** Connections that have been used once. */
async function open(port: number, count: number): Promise<Wire[]> {
  const wires: Wire[] = [];
  const hello = `GET /healthz HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (wires.length < count) {
      const wire = new Wire(port);
      wires.push(wire);
      await new Promise<void>((done) => { wire.ask(hello, () => { done(); }); });
    }
  }));
  return wires;
}

/** Asks, and measures what comes back: an open loop where there is a rate, else a closed one. */
export async function offer({ port, requests, seconds, askers, rate }: Job): Promise<Offered> {
  const seen: { kind: 'answered' | 'refused'; ms: number; second: number }[] = [];
  const [lags, wrong]: [number[], string[]] = [[], []];
  // Before the clock runs: Node takes one new connection a turn of its loop, so a crowd of them would be measured and not the requests.
  const idle = askers === undefined ? await open(port, WIRES) : [];
  let [asked, underWay, wrongs] = [0, 0, 0];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  delay.enable();

  const ask = (then: () => void) => {
    let wire = idle.pop();
    while (wire && !wire.isOpen) wire = idle.pop();
    const via = wire ?? new Wire(port);
    const begun = performance.now();
    underWay += 1;
    via.ask(requests[asked++ % requests.length]!, (answer) => {
      underWay -= 1;
      const kind = kindOf(answer);
      if (kind !== 'wrong') seen.push({ kind, ms: performance.now() - begun, second: Math.floor((begun - start) / 1000) });
      else if (wrongs++ < 3) wrong.push(answer ? `${answer.head.slice(0, 200)} ${answer.body.toString().slice(0, 300)}` : 'the connection broke');
      if (answer) idle.push(via);
      then();
    });
  };
  if (askers !== undefined) {
    await Promise.all(Array.from({ length: askers }, async () => { while (performance.now() < end) await new Promise<void>((done) => { ask(done); }); }));
  } else {
    const apart = 1000 / rate!;
    for (let due = start; due < end && performance.now() < end; await sleep(TICK_MS)) {
      for (const now = performance.now(); due <= now && due < end && underWay < WIRES; due += apart) {
        lags.push(performance.now() - due);
        ask(() => undefined);
      }
    }
    for (const last = performance.now() + LAST_MS; underWay > 0 && performance.now() < last;) await sleep(10);
    if (underWay > 0) { wrongs += underWay; wrong.push(`${underWay} questions without an answer`); }
  }
  const { user, system } = process.cpuUsage(cpu);
  const took = performance.now() - start;
  for (const wire of idle) wire.close();
  const of = (some: typeof seen, kind: 'answered' | 'refused') => some.filter((one) => one.kind === kind).map(({ ms }) => ms);
  const bySecond = Array.from({ length: Math.ceil(seconds) }, (_, second) => seen.filter((one) => one.second === second));
  return {
    answered: timesOf(of(seen, 'answered')), refused: timesOf(of(seen, 'refused')), wrong: { count: wrongs, first: wrong }, lag: timesOf(lags), loopP99: delay.percentile(99) / 1e6, cpu: (user + system) / 1000 / took,
    seconds: bySecond.map((some) => ({ answered: timesOf(of(some, 'answered')), refused: of(some, 'refused').length })),
  };
}
