import { parseArgs } from 'node:util';
import { runOverload } from '../test/faults/run-overload.js';
import { onArchive } from './on-archive.js';
import { StackFailure } from './stack-failure.js';

/** `npm run overload -- [--seconds N]`: ten times the load that one dipper process can bear. Answers whether it refused what it could not do, did the rest, and was as before soon after. */
export async function overload(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const { values } = parseArgs({ args: [...args], options: { seconds: { type: 'string', default: '30' } } });
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 600)) throw new StackFailure(`--seconds is "${values.seconds}": it must be a number from 1 to 600.`);
  return onArchive('overload', signal, async (work) => runOverload({ ...work, seconds, times: 10 }));
}
