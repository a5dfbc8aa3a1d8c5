import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { describeStack } from '../test/support/stack.js';
import { OLDEST_PYTHON, runFuzz } from './fuzz/run-fuzz.js';
import { freePort } from './ports.js';
import { progress } from './progress.js';
import { hasPython } from './python.js';
import { base } from './settings.js';
import { startStack, type Stack } from './stack.js';
import { describeFailure, StackFailure } from './stack-failure.js';
import type { Counts } from './vitest-run.js';

const SEED = 20261124;
const say = (line: string) => { console.log(line); };

function readArguments(args: readonly string[]): { cases: number; seed: number } {
  const { values } = parseArgs({ args: [...args], options: { cases: { type: 'string', default: '10000' }, seed: { type: 'string', default: String(SEED) } } });
  for (const [name, text] of Object.entries(values)) if (!/^\d{1,9}$/.test(text)) throw new StackFailure(`--${name} is "${text}": it must be a whole number.`);
  return { cases: Number(values.cases), seed: Number(values.seed) };
}

/** `npm run fuzz -- [--cases N] [--seed S]`: asks dipper what schemathesis makes of the whole schema, writes too. Answers whether all answers were good. */
export async function fuzz(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const options = readArguments(args);
  const home = path.join(base(), 'fuzz');
  const stack = await startStack({
    home: path.join(home, 'archive'), shared: base(), port: await freePort(), fresh: true, report: progress, signal, onExit: (failure) => { console.error(describeFailure(failure)); },
  });
  try {
    const faults = await runFuzz({ ...options, seconds: 2, stack: describeStack(stack), folder: home, shared: base(), report: say, signal });
    say(faults.length ? `\n${faults.length} faults:\n\n${faults.join('\n\n')}\n\nThe logs are in ${path.join(home, 'logs')}.` : '\nEvery answer was good.');
    return faults.length === 0;
  } finally {
    await stack.remove();
  }
}

/** The short form, for `npm test`, on the archive of its tests. Its writes stay there, so it comes after them. */
export async function shortFuzz(stack: Stack, home: string, signal: AbortSignal): Promise<Counts> {
  if (!hasPython(OLDEST_PYTHON)) {
    say(`Left out: it needs Python 3.${OLDEST_PYTHON} or later.`);
    return { passed: 0, failed: 0 };
  }
  const faults = await runFuzz({ stack: describeStack(stack), folder: home, shared: base(), cases: 400, seed: SEED, seconds: 10, report: say, signal });
  if (faults.length) say(`${faults.join('\n\n')}\n\nThe logs are in ${path.join(home, 'logs')}.`);
  else rmSync(home, { recursive: true, force: true });
  return { passed: faults.length ? 0 : 1, failed: faults.length };
}
