import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { base } from '../dev/settings.js';
import type { Counts } from '../dev/vitest-run.js';
import { type Config, readConfig } from '../src/config.js';
import { startServer } from './child.js';
import { checkOperation, compareWithFloor } from './check.js';
import { floorPath, FLOORS, serverEnvironment } from './environment.js';
import { makeMirror } from './mirror/make-mirror.js';
import { measureAll } from './measure-all.js';
import { operations, type Operation } from './operations.js';
import { openPlans } from './plans.js';
import { openPostgres } from './postgres.js';
import { benchRucioAlone } from './rucio-alone.js';
import { takeSamples } from './samples.js';
import { benchSync } from './sync/bench-sync.js';

const say = (text: string) => { console.error(text); };

/** Resolves when the signal aborts. */
const stopped = (signal: AbortSignal) => new Promise<void>((resolve) => {
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => { resolve(); }, { once: true });
});

async function sampled(url: string, fields: Config['fields']): Promise<Operation[]> {
  const client = new pg.Client({ connectionString: url, options: '-c jit=off' });
  await client.connect();
  try {
    return operations(fields, await takeSamples(client));
  } finally {
    await client.end();
  }
}

/** Runs every operation once: plans, and the floor's answers. Answers how many are as they should be, and how many not. */
async function check(url: string, all: readonly Operation[], signal: AbortSignal): Promise<Counts> {
  const server = await startServer('server.js', { ...serverEnvironment(url), BENCH_STATEMENTS: '1' }, signal);
  const floors = await Promise.all(FLOORS.map((way) => startServer('floor.js', { DATABASE_URL: url, FLOOR: way }, signal)));
  const plans = await openPlans(url);
  const counts = { passed: 0, failed: 0 };
  try {
    for (const operation of all) {
      signal.throwIfAborted();
      const { problems, plan } = await checkOperation(operation, server, plans);
      say(`${problems.length ? 'WRONG' : operation.index.length ? 'ok   ' : 'costs'} ${operation.name}: ${plan.duration} ms, ${plan.rows} rows, ${plan.indexes.map((columns) => `(${columns.join(', ')})`).join(' ')}${problems.map((one) => `\n      ${one}`).join('')}`);
      counts[problems.length ? 'failed' : 'passed'] += 1;
    }
    for (const floor of floors) {
      const differs = await compareWithFloor(all[0]!, server, floor.url, floorPath);
      say(differs ? `WRONG ${differs}` : `ok    the floor's answers are dipper's`);
      counts[differs ? 'failed' : 'passed'] += 1;
    }
    return counts;
  } finally {
    await plans.end();
    await Promise.all([server, ...floors].map((one) => one.stop()));
  }
}

/**
 * `npm run bench -- [--files N] [--check | --data] [--rounds N] [--no-peers] [--no-rucio] [--only TEXT]`: makes the mirror of an archive of so many files, checks
 * plans and answers, and measures. `--check` ends before anything is timed; results are kept in bench/results.md after a whole run only; `--data` only makes the mirror, prints its URL, and keeps its
 * Postgres running until Ctrl-C; `--only` takes the operations whose names have the text. Answers whether all was as it should be.
 */
export async function bench(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const { values } = parseArgs({ args: [...args], allowNegative: true, options: {
    sync: { type: 'boolean', default: false }, files: { type: 'string' }, rounds: { type: 'string', default: '7' }, only: { type: 'string' },
    check: { type: 'boolean', default: false }, data: { type: 'boolean', default: false }, peers: { type: 'boolean', default: true }, rucio: { type: 'boolean', default: true },
  } });
  const files = Number(values.files ?? (values.sync ? 1_000_000 : 10_000_000));
  if (!Number.isSafeInteger(files) || files < 100_000) throw new Error('--files must be a number of at least 100000.');
  if (values.sync) return benchSync({ files, data: values.data, report: say, signal });
  const postgres = await openPostgres(path.join(base(), 'bench'), { report: say, signal });
  try {
    const url = await postgres.database(files);
    const { fields } = readConfig('migrate', { DATABASE_URL: url });
    await makeMirror({ url, files, fields, report: say, signal });
    if (values.data) {
      console.log(`The mirror of ${files} files: ${url}`);
      await stopped(signal);
      return true;
    }
    const all = (await sampled(url, fields)).filter(({ name }, index) => index === 0 || !values.only || name.includes(values.only));
    const { failed } = await check(url, all, signal);
    const isWhole = !values.only && values.peers && values.rucio && files >= 10_000_000;
    if (!values.check) await measureAll({ isWhole, url, files, operations: all, rounds: Number(values.rounds), peers: values.peers, rucio: values.rucio ? () => benchRucioAlone(signal) : undefined, signal, say });
    return failed === 0;
  } finally {
    await postgres.stop();
  }
}

/** The short form, for \`npm test\`: plans and answers on a small archive, which is thrown away; nothing is timed. */
export async function shortBench(home: string, signal: AbortSignal): Promise<Counts> {
  const postgres = await openPostgres(home, { report: say, signal });
  try {
    const url = await postgres.database(200_000);
    const { fields } = readConfig('migrate', { DATABASE_URL: url });
    await makeMirror({ url, files: 200_000, fields, report: say, signal });
    return await check(url, await sampled(url, fields), signal);
  } finally {
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
