import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildSchema } from 'graphql';
import { parse, stringify } from 'yaml';
import { signInAs } from '../../test/support/sign-in.js';
import type { TestStack } from '../../test/support/stack.js';
import { type Home, openHome, writeWhole } from '../home.js';
import { freePort } from '../ports.js';
import { killStrays, run, service } from '../processes.js';
import { openPython, type Python } from '../python.js';
import { repository } from '../repository.js';
import { StackFailure } from '../stack-failure.js';
import { answers } from '../until.js';
import { readKnown } from './known.js';
import { type Case, readCases, tellCases, tellFaults } from './cases.js';
import { logFaults } from './log-faults.js';

export const OLDEST_PYTHON = 11;
const MOST_LOG_FAULTS = 20;

export interface FuzzOptions {
  readonly stack: TestStack;
  /** For the logs and what was asked; Python's packages are in `shared`. */
  readonly folder: string;
  readonly shared: string;
  readonly cases: number;
  readonly seed: number;
  /** Longest time for an answer. */
  readonly seconds: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

interface Series { readonly name: string; readonly share: number; readonly mode: 'positive' | 'negative'; readonly signedIn: boolean; readonly only?: readonly string[] }

/** Who asks, and what share of the questions: of all root fields as many each, and more of those that have filters. Those that are wrong on purpose break one rule of the schema each. */
const SERIES: readonly Series[] = [
  { name: 'alice', share: 0.5, mode: 'positive', signedIn: true },
  { name: 'filters', share: 0.34, mode: 'positive', signedIn: true, only: ['Query.files', 'Query.datasets', 'Query.containers', 'Query.rules'] },
  { name: 'wrong-on-purpose', share: 0.08, mode: 'negative', signedIn: true },
  { name: 'nobody', share: 0.08, mode: 'positive', signedIn: false },
];

/** Asks a dipper of its own on the archive what schemathesis makes of the schema. Answers what was wrong. */
export async function runFuzz({ stack, folder, shared, cases, seed, seconds, report, signal }: FuzzOptions): Promise<string[]> {
  const home = openHome(folder, shared);
  await killStrays(home);
  const python = await openPython(home, signal, report, { name: 'venv-fuzz', requirements: 'fuzz/requirements.txt', oldest: OLDEST_PYTHON });
  const faults: string[] = [];
  const dipper = await startDipper(home, stack, signal, (failure) => { faults.push(failure.message); });
  try {
    const token = (await signInAs(stack, 'alice')).access_token;
    const schema = path.join(repository, 'schema.graphql');
    writeWhole(home.file('known.json'), JSON.stringify(await readKnown(stack.urls.dipper)));
    const operations = countOperations(schema);
    const all: Case[] = [];
    for (const { name, share, mode, signedIn, only } of SERIES) {
      const file = home.file(`${name}.ndjson`);
      rmSync(file, { force: true });
      const began = performance.now();
      const env = { FUZZ_SCHEMA: schema, FUZZ_KNOWN: home.file('known.json'), FUZZ_CASES: file, FUZZ_SECONDS: String(seconds), FUZZ_MODE: mode, FUZZ_TOKEN: signedIn ? token : '' };
      const args = ['--mode', mode, '--seed', String(seed), '--max-examples', String(Math.ceil(cases * share / (only?.length ?? operations))), ...(only ?? []).flatMap((one) => ['--include-name', one])];
      const failed = await schemathesis(home, python, [schema, '--url', `${dipper.url}/graphql`, ...args], env, signal);
      const asked = readCases(file);
      report(`${name}: ${tellCases(asked)}; ${((performance.now() - began) / 1000).toFixed(0)} s`);
      const told = tellFaults(asked);
      faults.push(...told, ...(failed && !told.length ? [`${name}: schemathesis found something, or broke off: see ${path.join(home.logs, 'schemathesis.log')}`] : []));
      all.push(...asked);
    }
    report(`all: ${tellCases(all)}`);
    await dipper.stop();
    const passwords = ['RUCIO_PASSWORD', 'DIPPER_SECRET'].map((name) => stack.env[name]!);
    const log = path.join(home.logs, 'fuzzed.log');
    faults.push(...logFaults(log, [token, token.slice(token.lastIndexOf('.') + 1), stack.signIn.web.secret, new URL(stack.env['DATABASE_URL']!).password, ...passwords]).slice(0, MOST_LOG_FAULTS));
    if (!readFileSync(log, 'utf8').includes('"level":20')) faults.push(`${log} is not at its most talkative, so that it shows nothing`);
  } finally {
    await dipper.stop();
  }
  return faults;
}

/** Every root field is an operation for schemathesis, with as many cases each. */
function countOperations(file: string): number {
  const schema = buildSchema(readFileSync(file, 'utf8'));
  return [schema.getQueryType(), schema.getMutationType()].reduce((count, type) => count + Object.keys(type?.getFields() ?? {}).length, 0);
}

/** The guarded dipper once more, without a budget, and with all that it can log. Alice writes as root there, whom Rucio refuses nothing. */
async function startDipper(home: Home, stack: TestStack, signal: AbortSignal, onExit: (failure: StackFailure) => void): Promise<{ url: string; stop(): Promise<void> }> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const access = parse(readFileSync(path.join(stack.home, 'access.yaml'), 'utf8')) as { policy: object };
  const accounts = [{ who: [{ issuer: stack.urls.issuer, subject: 'alice' }], account: 'root' }];
  writeWhole(home.file('access.yaml'), stringify({ ...access, writes: { ways: ['account'] }, policy: { ...access.policy, accounts } }));
  rmSync(path.join(home.logs, 'fuzzed.log'), { force: true });
  const serve = service(home, {
    name: 'fuzzed', command: process.execPath, args: [path.join(repository, 'dist', 'src', 'main.js'), 'serve'], readySeconds: 60, onExit, isReady: (ready) => answers(`${url}/readyz`, ready),
    env: {
      ...stack.env, DIPPER_PORT: new URL(url).port, DIPPER_AUTH: 'access', DIPPER_ACCESS: home.file('access.yaml'), DIPPER_PUBLIC_URL: stack.urls.guarded,
      DIPPER_CLIENT_SECRET: stack.signIn.web.secret, DIPPER_POINTS_PER_MINUTE: '0', DIPPER_LOG_LEVEL: 'trace',
    },
  });
  await serve.start(signal);
  return { url, stop: () => serve.stop() };
}

/** One run of it; answers whether it has found something. */
async function schemathesis(home: Home, { bin }: Python, args: readonly string[], env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<boolean> {
  const fixed = ['--phases', 'fuzzing', '--checks', 'good_answer', '--request-timeout', '60', '--continue-on-failure', '--suppress-health-check', 'all', '--warnings', 'off', '--no-color', '--generation-database', 'none'];
  try {
    await run(home, {
      name: 'schemathesis', command: path.join(bin, 'st'), args: ['run', ...args, ...fixed], signal, failure: 'found',
      env: { ...env, SCHEMATHESIS_HOOKS: path.join(repository, 'dev', 'fuzz', 'hooks.py'), PYTHONDONTWRITEBYTECODE: '1' },
    });
    return false;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof StackFailure)) throw error;
    return true;
  }
}
