import path from 'node:path';
import { freePort } from '../dev/ports.js';
import { progress } from '../dev/progress.js';
import { base } from '../dev/settings.js';
import { startStack } from '../dev/stack.js';
import { benchRucio, type RucioResult } from './rucio.js';

/** The comparison with Rucio on a stack of its own, which is thrown away afterwards with all that was registered. Throws StackFailure. */
export async function benchRucioAlone(signal: AbortSignal): Promise<RucioResult> {
  const stack = await startStack({ home: path.join(base(), 'bench-rucio'), shared: base(), port: await freePort(), fresh: true, report: progress, signal });
  try {
    return await benchRucio(stack, signal);
  } finally {
    await stack.remove();
  }
}
