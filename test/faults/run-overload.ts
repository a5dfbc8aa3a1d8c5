import { startChild, type Child } from '../../bench/child.js';
import { processCpu } from '../../bench/cpu.js';
import { openHome } from '../../dev/home.js';
import { freePort } from '../../dev/ports.js';
import { killStrays } from '../../dev/processes.js';
import { signInAs } from '../support/sign-in.js';
import type { TestStack } from '../support/stack.js';
import { truth } from '../support/truth.js';
import type { Job, Offered } from './offer.js';
import { startServe } from './serve.js';
import { quantile } from './verdict.js';

export interface OverloadOptions {
  readonly stack: TestStack;
  /** For the log. */
  readonly folder: string;
  readonly seconds: number;
  /** What is offered, by what dipper can do. */
  readonly times: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const CAPACITY_SECONDS = 3;
const ASKERS = [4, 8, 16, 32];
/** What everyday is, of what dipper can do. */
const EVERYDAY = 0.4;
const BEFORE_SECONDS = 5;
const AFTER_SECONDS = 10;

const REFUSED_WITHIN_MS = 100;
const SLOWER_AT_MOST = 2;
/** A request takes three turns of the event loop, and in each of them all that came meanwhile is refused: some 30 ms in such a flood. */
const FAST_MS = 150;
const RECOVERED_WITHIN_SECONDS = 5;
const RECOVERED = 1.5;
/** A p95 of a second of everyday differs by so much without a reason. */
const NOISE_MS = 20;
/** Of what was to be offered, what must have been. */
const OFFERED = 0.9;
/** Of what dipper can do, what it must do while it refuses the rest: ten thousand refusals a second take two thirds of its one thread. */
const GOODPUT = 0.2;

/** The p95 of the second in the middle: one hiccup of the machine is none of dipper's. */
const typical = (seconds: Offered['seconds']): number => quantile(seconds.map(({ answered }) => answered.p95), 0.5);

/** Whole requests: names, pages, a count, as alice asks. */
async function requestsOf(stack: TestStack, port: number): Promise<string[]> {
  const { access_token: token } = await signInAs(stack, 'alice');
  const page = 'query ($first: Int!) { files(first: $first) { nodes { lfn bytes replicas { state rse { name } } } } }';
  const bodies = truth().filter((_, at) => at % 7 === 0).flatMap(({ name }, at) => [
    { query: 'query ($lfn: LFN!) { file(lfn: $lfn) { lfn bytes adler32 replicas { rse { name } state } } }', variables: { lfn: name } },
    { query: page, variables: { first: 20 + at % 30 } },
    { query: '{ files(where: { bytes: { gt: 5000 } }) { totalCount } }' },
  ]).map((body) => JSON.stringify(body));
  return bodies.map((body) => `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

const offer = (child: Child, job: Job) => child.ask<Offered>(job);

/** Measures what one dipper process can do, offers it many times as much, and looks at it afterwards. Answers what was not as it must be. */
export async function runOverload({ stack, folder, seconds, times, report, signal }: OverloadOptions): Promise<string[]> {
  const home = openHome(folder, folder);
  await killStrays(home);
  const found: string[] = [];
  const port = await freePort();
  const dipper = await startServe(home, 'serve-overload', { ...stack.env, DIPPER_PORT: String(port), DIPPER_AUTH: 'access', DIPPER_ACCESS: `${stack.home}/access.yaml`, DIPPER_PUBLIC_URL: `http://127.0.0.1:${port}`, DIPPER_CLIENT_SECRET: stack.signIn.web.secret, DIPPER_POINTS_PER_MINUTE: '1000000000' }, (text) => { found.push(text); });
  const child = startChild('../test/faults/offerer.js', {}, signal);
  try {
    const requests = await requestsOf(stack, port);
    const ask = (job: Omit<Job, 'port' | 'requests'>) => offer(child, { port, requests, ...job });
    const show = (what: string, rate: number | undefined, seconds: number, { answered, refused, wrong, lag, loopP99, cpu }: Offered, server: number) => {
      report(`| ${[what, rate?.toFixed(0) ?? '', (answered.count / seconds).toFixed(0), `${answered.p50.toFixed(0)} / ${answered.p95.toFixed(0)} / ${answered.p99.toFixed(0)}`, (refused.count / seconds).toFixed(0),
        refused.count ? `${refused.p50.toFixed(0)} / ${refused.p95.toFixed(0)} / ${refused.p99.toFixed(0)} / ${refused.max.toFixed(0)}` : '', String(wrong.count), `${lag.p99.toFixed(0)}, ${loopP99.toFixed(0)}`, `${server.toFixed(2)}, ${cpu.toFixed(2)}`].join(' | ')} |`);
      if (wrong.count > 0) found.push(`${what}: ${wrong.count} answers are neither good nor a refusal as it must be, such as: ${wrong.first.join('; ')}`);
    };
    const measured = async (what: string, job: Omit<Job, 'port' | 'requests'>) => {
      const before = processCpu(dipper.pid);
      const offered = await ask(job);
      show(what, job.rate, job.seconds, offered, (processCpu(dipper.pid) - before) / 1000 / job.seconds);
      return offered;
    };
    await ask({ askers: 8, seconds: CAPACITY_SECONDS }); // warm
    report('| what | offered/s | answered/s | p50 / p95 / p99 ms | refused/s | p50 / p95 / p99 / max ms | wrong | who asks: p99 ms late, of its loop | processors: dipper, who asks |\n|---|---|---|---|---|---|---|---|---|');
    const rounds: { askers: number; rate: number; p95: number }[] = [];
    for (const askers of ASKERS) {
      const { answered } = await measured(`${askers} at a time`, { askers, seconds: CAPACITY_SECONDS });
      rounds.push({ askers, rate: answered.count / CAPACITY_SECONDS, p95: answered.p95 });
    }
    const capacity = Math.max(...rounds.map(({ rate }) => rate));
    const best = rounds.find(({ rate }) => rate === capacity)!;
    const everyday = EVERYDAY * capacity;
    const before = await measured('before', { rate: everyday, seconds: BEFORE_SECONDS });
    const over = await measured('overload', { rate: times * capacity, seconds });
    const after = await measured('after', { rate: everyday, seconds: AFTER_SECONDS });
    const usual = typical(before.seconds);
    const calm = after.seconds.findIndex((_, at) => after.seconds.slice(at).every(({ refused }) => refused === 0) && typical(after.seconds.slice(at)) <= Math.max(RECOVERED * usual, usual + NOISE_MS));
    const recovery = calm < 0 ? Infinity : calm;
    report(`\nOne process can do ${capacity.toFixed(0)} a second, ${best.askers} at a time, with a p95 of ${best.p95.toFixed(0)} ms. As before again ${recovery} s after the overload.\n`);
    if (over.refused.count === 0) found.push('nothing was refused');
    const offered = (over.answered.count + over.refused.count) / seconds;
    if (offered < OFFERED * times * capacity) found.push(`only ${offered.toFixed(0)} a second could be asked: dipper is slow to refuse, or who asks is slow`);
    if (over.refused.p99 > REFUSED_WITHIN_MS) found.push(`one refusal in a hundred took ${over.refused.p99.toFixed(0)} ms or more (who asks has turns of ${over.loopP99.toFixed(0)} ms itself)`);
    if (over.answered.p95 > Math.max(FAST_MS, SLOWER_AT_MOST * best.p95)) found.push(`what was answered took ${over.answered.p95.toFixed(0)} ms (p95), more than ${SLOWER_AT_MOST} x ${best.p95.toFixed(0)} ms`);
    if (over.answered.count / seconds < GOODPUT * capacity) found.push(`${(over.answered.count / seconds).toFixed(0)} were answered a second, less than ${100 * GOODPUT} % of what dipper can do`);
    if (recovery > RECOVERED_WITHIN_SECONDS) found.push(`not as before within ${RECOVERED_WITHIN_SECONDS} s: ${after.seconds.map(({ answered, refused }) => `${answered.p95.toFixed(0)} ms${refused ? ` and ${refused} refused` : ''}`).join(', ')}`);
  } finally {
    await child.stop();
    await dipper.stop();
  }
  for (const one of found) report(`WRONG ${one}`);
  return found;
}
