import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runCrash } from '../test/crash/run-crash.js';
import { describeStack } from '../test/support/stack.js';
import { freePort } from './ports.js';
import { progress } from './progress.js';
import { base } from './settings.js';
import { startStack, type Stack } from './stack.js';
import { describeFailure, StackFailure } from './stack-failure.js';
import type { Counts } from './vitest-run.js';

const say = (line: string) => { console.log(line); };

function readNumber(name: string, text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > 2 ** 32) throw new StackFailure(`--${name} is "${text}": it must be a whole number.`);
  return number;
}

function readArguments(args: readonly string[]): { kills: number; seed: number; files: number } {
  const { values } = parseArgs({ args: [...args], options: {
    kills: { type: 'string', default: '200' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) }, files: { type: 'string', default: '40000' },
  } });
  return { kills: readNumber('kills', values.kills), seed: readNumber('seed', values.seed), files: readNumber('files', values.files) };
}

/**
 * `npm run crash -- [--kills N] [--seed S] [--files N]`: kills dipper's parts, the mirror's Postgres and their connections again and again
 * while the real Rucio changes, and compares every row in the end. Answers whether all was as it should be.
 */
export async function crash(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const options = readArguments(args);
  const home = path.join(base(), 'crash');
  const stack = await startStack({
    home: path.join(home, 'archive'), shared: base(), port: await freePort(), report: progress, signal, without: ['dipper'], onExit: (failure) => { console.error(describeFailure(failure)); },
  });
  try {
    const faults = await runCrash({ ...options, failovers: 10, pauseMs: 12_000, stack: describeStack(stack), folder: home, report: say, signal });
    say(faults.length ? `\n${faults.length} faults. The logs are in ${path.join(home, 'logs')}.` : '\nNothing was lost, nothing invented, nothing twice.');
    return faults.length === 0;
  } finally {
    await stack.stop();
  }
}

/** The short form, for \`npm test\`: on the archive of its tests. */
export async function shortCrash(stack: Stack, home: string, signal: AbortSignal): Promise<Counts> {
  const faults = await runCrash({ stack: describeStack(stack), folder: home, kills: 12, failovers: 0, pauseMs: 3_000, seed: 20261123, files: 2_000, report: say, signal });
  if (!faults.length) rmSync(home, { recursive: true, force: true });
  return { passed: faults.length ? 0 : 1, failed: faults.length };
}
