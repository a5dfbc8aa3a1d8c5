import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { faultNames, runFaults } from '../test/faults/run-faults.js';
import { describeStack } from '../test/support/stack.js';
import { onArchive } from './on-archive.js';
import type { Stack } from './stack.js';
import { StackFailure } from './stack-failure.js';
import type { Counts } from './vitest-run.js';

function readArguments(args: readonly string[]): { seconds: number; only: string } {
  const { values } = parseArgs({ args: [...args], options: { seconds: { type: 'string', default: '60' }, only: { type: 'string', default: '' } } });
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 3600)) throw new StackFailure(`--seconds is "${values.seconds}": it must be a number from 1 to 3600.`);
  if (!faultNames.some((name) => name.includes(values.only))) throw new StackFailure(`--only is "${values.only}", which is a part of none of: ${faultNames.join(', ')}.`);
  return { seconds, only: values.only };
}

/**
 * `npm run faults -- [--seconds N] [--only TEXT]`: each part that dipper needs is down, slow, resets and answers garbage under load;
 * `--only slow` or `--only 'redis down'` for some of them. Answers whether all was as it must be.
 */
export async function faults(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const options = readArguments(args);
  return onArchive('faults', signal, async (work) => runFaults({ ...work, ...options, pauseMs: 100 }));
}

/** The short form, for `npm test`: on the archive of its tests. */
export async function shortFaults(stack: Stack, folder: string, signal: AbortSignal): Promise<Counts> {
  const wrong = await runFaults({ stack: describeStack(stack), folder, seconds: 3, pauseMs: 50, report: (line) => { console.log(line); }, signal });
  if (!wrong.length) rmSync(folder, { recursive: true, force: true });
  return { passed: wrong.length ? 0 : 1, failed: wrong.length };
}
