import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly ended: Promise<CliResult>;
  /** What it has said so far that is not its answer. */
  told(): string;
  kill(signal: NodeJS.Signals): void;
}

/** A command of the built dipper, as a process of its own. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>>): RunningCli {
  const child = spawn(process.execPath, ['dist/src/main.js', ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (part: Buffer) => { text[name] += part.toString(); });
  return {
    ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...text })),
    told: () => text.stderr,
    kill: (signal) => { child.kill(signal); },
  };
}

export const runCli = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> => startCli(args, env).ended;
