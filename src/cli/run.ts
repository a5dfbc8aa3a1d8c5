import { ConfigError, readConfig, type Command, type Config } from '../config.js';
import { DipperError } from '../errors.js';

/** Runs a command with its settings until it ends or is interrupted; errors end it with one clear text and, unless told otherwise, code 1. */
export async function run(command: Command, action: (config: Config, signal: AbortSignal) => Promise<void>, codes = { failed: 1, interrupted: 0 }): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  try {
    await action(readConfig(command), stop.signal);
  } catch (error) {
    process.exitCode = stop.signal.aborted ? codes.interrupted : codes.failed;
    if (!stop.signal.aborted) process.stderr.write(`dipper ${command}: ${describe(error, command)}\n`);
  }
}

function describe(error: unknown, command: Command): string {
  if (error instanceof ConfigError || error instanceof DipperError) return error.message;
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Set ${command === 'sync' ? 'DIPPER_METRICS_PORT' : 'DIPPER_PORT'} to another.`;
  if (code === 'ECONNREFUSED') return 'Postgres does not answer at DATABASE_URL.';
  return message;
}
