import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runFaults } from '../test/faults/run-faults.js';
import { type Part, parts } from '../test/faults/disturbed-dipper.js';
import { describeStack } from '../test/support/stack.js';
import { freePort } from './ports.js';
import { progress } from './progress.js';
import { base } from './settings.js';
import { startStack, type Stack } from './stack.js';
import { describeFailure, StackFailure } from './stack-failure.js';
import { readJson } from './home.js';
import type { Counts } from './vitest-run.js';

const say = (line: string) => { console.log(line); };
const isPart = (name: string): name is Part => (parts as readonly string[]).includes(name);

function readArguments(args: readonly string[]): { seconds: number; only: Part[] } {
  const { values } = parseArgs({ args: [...args], options: { seconds: { type: 'string', default: '60' }, parts: { type: 'string', default: parts.join(',') } } });
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 3600)) throw new StackFailure(`--seconds is "${values.seconds}": it must be a number from 1 to 3600.`);
  const only = values.parts.split(',');
  if (!only.every(isPart)) throw new StackFailure(`--parts is "${values.parts}": it must be some of ${parts.join(',')}.`);
  return { seconds, only };
}

/**
 * `npm run faults -- [--seconds N] [--parts rucio,redis,issuer,postgres]`: each part that dipper needs is down, slow, resets and answers garbage
 * under load, on an archive of its own, or on the one that DIPPER_TEST_STACK names. Answers whether all was as it must be.
 */
export async function faults(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const options = { ...readArguments(args), folder: path.join(base(), 'faults'), pauseMs: 100, report: say, signal };
  const running = process.env['DIPPER_TEST_STACK'];
  if (running) return (await runFaults({ ...options, stack: describeStack(readJson(running) as Parameters<typeof describeStack>[0]) })).length === 0;
  const stack = await startStack({
    home: path.join(options.folder, 'archive'), shared: base(), port: await freePort(), report: progress, signal, onExit: (failure) => { console.error(describeFailure(failure)); },
  });
  try {
    const wrong = await runFaults({ ...options, stack: describeStack(stack) });
    say(wrong.length ? `\n${wrong.length} misses. The logs are in ${path.join(options.folder, 'logs')}.` : '\nAll that could be answered was, and nothing was wrong.');
    return wrong.length === 0;
  } finally {
    await stack.stop();
  }
}

/** The short form, for `npm test`: on the archive of its tests. */
export async function shortFaults(stack: Stack, folder: string, signal: AbortSignal): Promise<Counts> {
  const wrong = await runFaults({ stack: describeStack(stack), folder, seconds: 3, pauseMs: 50, report: say, signal });
  if (!wrong.length) rmSync(folder, { recursive: true, force: true });
  return { passed: wrong.length ? 0 : 1, failed: wrong.length };
}
