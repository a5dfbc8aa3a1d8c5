import path from 'node:path';
import { describeStack, type TestStack } from '../test/support/stack.js';
import { readJson } from './home.js';
import { freePort } from './ports.js';
import { progress } from './progress.js';
import { base } from './settings.js';
import { startStack } from './stack.js';
import { describeFailure } from './stack-failure.js';

export interface Work { readonly stack: TestStack; readonly folder: string; readonly report: (line: string) => void; readonly signal: AbortSignal }

/** Does work that gives what was wrong, on the archive that DIPPER_TEST_STACK names, or on one that it starts and ends. Answers whether nothing was. */
export async function onArchive(name: string, signal: AbortSignal, work: (work: Work) => Promise<readonly string[]>): Promise<boolean> {
  const options = { folder: path.join(base(), name), report: (line: string) => { console.log(line); }, signal };
  const running = process.env['DIPPER_TEST_STACK'];
  if (running) return (await work({ ...options, stack: describeStack(readJson(running) as Parameters<typeof describeStack>[0]) })).length === 0;
  const stack = await startStack({
    home: path.join(options.folder, 'archive'), shared: base(), port: await freePort(), report: progress, signal, onExit: (failure) => { console.error(describeFailure(failure)); },
  });
  try {
    return (await work({ ...options, stack: describeStack(stack) })).length === 0;
  } finally {
    await stack.stop();
  }
}
