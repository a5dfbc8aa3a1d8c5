import { bench } from '../bench/bench.js';
import { crash } from './crash.js';
import { demo } from './demo.js';
import { printEnvironment } from './environment.js';
import { fuzz } from './fuzz.js';
import { faults } from './faults.js';
import { overload } from './overload.js';
import { describeFailure } from './stack-failure.js';
import { test } from './test.js';

class Interrupted extends Error {}

/** Runs `demo [--fresh]`, `test [vitest arguments]`, `bench [options]`, `crash [options]`, `faults [options]`, `overload [options]`, `fuzz [options]` or `env`. The exit code: 0 when all went well, 130 when it was stopped early. */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => { stop.abort(new Interrupted()); });
  for (const name of ['uncaughtException', 'unhandledRejection'] as const) process.on(name, (error: unknown) => { console.error(error); process.exitCode = 1; stop.abort(error); });
  try {
    if (command === 'env') printEnvironment();
    else if (command === 'bench') return await bench(rest, stop.signal) ? 0 : 1;
    else if (command === 'crash') return await crash(rest, stop.signal) ? 0 : 1;
    else if (command === 'fuzz') return await fuzz(rest, stop.signal) ? 0 : 1;
    else if (command === 'faults') return await faults(rest, stop.signal) ? 0 : 1;
    else if (command === 'overload') return await overload(rest, stop.signal) ? 0 : 1;
    else if (command === 'test') return await test(rest, stop.signal) ? 0 : 1;
    else await demo(rest, stop.signal);
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) {
      console.error('\nStopped before it was ready; nothing is left running.');
      return 130;
    }
    console.error(`\n${describeFailure(error)}`);
    return 1;
  }
}
