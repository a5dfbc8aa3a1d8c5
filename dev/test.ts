import path from 'node:path';
import { shortBench } from '../bench/bench.js';
import { shortCrash } from './crash.js';
import { shortFuzz } from './fuzz.js';
import { shortFaults } from './faults.js';
import { plain } from './progress.js';
import { freePort } from './ports.js';
import { base, testHome } from './settings.js';
import { startStack } from './stack.js';
import { describeFailure } from './stack-failure.js';
import { anyTest, type Counts, tool, vitest } from './vitest-run.js';

const ALONE = ['test/unit', 'test/contract'];
const ON_STACK = ['test/integration', 'test/policy', 'test/corpus', 'test/parity', 'test/e2e'];

/** `isWhole`: not only some of the tests; then parts are disturbed and killed, too. */
async function onStack(args: readonly string[], signal: AbortSignal, isWhole: boolean): Promise<Counts[]> {
  const keep = Boolean(process.env['DIPPER_TEST_KEEP']);
  console.log('\nStarting the archive for the integration tests');
  const stack = await startStack({
    home: testHome(), shared: base(), port: await freePort(), fresh: !keep, report: plain, signal, onExit: (failure) => { console.error(describeFailure(failure)); },
  });
  try {
    const counts = [await vitest(args, signal, { DIPPER_TEST_STACK: path.join(stack.home, 'stack.json') })];
    if (isWhole) {
      console.log('\nQuestions made of the schema');
      counts.push(await shortFuzz(stack, path.join(testHome(), 'fuzz'), signal));
      console.log('\nSixteen faults under load');
      counts.push(await shortFaults(stack, path.join(testHome(), 'faults'), signal));
      console.log('\nTwelve kills while Rucio changes');
      counts.push(await shortCrash(stack, path.join(testHome(), 'crash'), signal));
    }
    return counts;
  } finally {
    await (keep ? stack.stop() : stack.remove());
  }
}

/**
 * `npm test`: lint, types, and all tests; those that need an archive get one of their own.
 * `npm test -- <filters and options for vitest>` runs only the tests that fit, without lint and types.
 * Ends with the line `N passed, N failed`; answers whether nothing failed.
 */
export async function test(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const counts: Counts[] = [];
  const check = async (title: string, script: string, more: readonly string[]) => {
    console.log(`\n${title}`);
    if (await tool(script, more, signal) !== 0) counts.push({ passed: 0, failed: 1 });
  };
  const filtered = args.some((arg) => !arg.startsWith('-'));
  if (!filtered) {
    await check('Lint', 'eslint/bin/eslint.js', ['.']);
    await check('Types', 'typescript/bin/tsc', ['-p', 'tsconfig.json', '--noEmit']);
    await check('Types of the pages', 'typescript/bin/tsc', ['-p', 'web/tsconfig.json']);
    counts.push(await vitest([...ALONE, ...args], signal));
    console.log('\nPlans and answers on an archive of 200,000 files');
    counts.push(await shortBench(path.join(testHome(), 'bench'), signal));
    counts.push(...await onStack([...ON_STACK, ...args], signal, true));
  } else {
    const without = (folders: readonly string[]) => [...args, '--passWithNoTests', ...folders.flatMap((folder) => ['--exclude', `${folder}/**`])];
    counts.push(await vitest(without(ON_STACK), signal));
    // The archive takes a while: it is started only for tests that need it.
    if (await anyTest(without(ALONE), signal)) counts.push(...await onStack(without(ALONE), signal, false));
  }
  const sum = (of: (count: Counts) => number) => counts.reduce((total, count) => total + of(count), 0);
  const failed = sum(({ failed }) => failed);
  console.log(`\n${sum(({ passed }) => passed)} passed, ${failed} failed`);
  return failed === 0;
}
