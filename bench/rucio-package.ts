import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StackFailure } from '../dev/stack-failure.js';

/** The client process of rucio-package.py. */
export interface RucioPackage {
  readonly pid: number;
  readonly files: number;
  readonly copies: number;
  /** Milliseconds of all `times` packages for `rucio`, `dipper` and `lean`, which is dipper's without PFNs; differences in words for `compare`. */
  ask(what: 'register' | 'compare' | 'rucio' | 'dipper' | 'lean', times?: number): Promise<unknown>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 300_000;

/** Starts the client, whose imports take seconds. It ends with `close`, or when the signal is aborted. */
export async function openRucioPackage({ command, args, env, signal }: { command: string; args: readonly string[]; env: Readonly<Record<string, string>>; signal: AbortSignal }): Promise<RucioPackage> {
  const child = spawn(command, [...args], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'], signal });
  child.on('error', () => undefined); // its output ends then, too
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => { child.once('close', () => { resolve(); }); });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function next(): Promise<unknown> {
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    const { value, done } = await answers.next().finally(() => { clearTimeout(timer); });
    signal.throwIfAborted();
    if (done) throw new StackFailure("Rucio's client broke off, or took longer than five minutes.");
    const { result, error } = JSON.parse(value) as { result?: unknown; error?: string };
    if (error !== undefined) throw new StackFailure(`Rucio's client failed: ${error}`);
    return result;
  }
  const { files, copies } = await next() as { files: number; copies: number };
  return {
    pid: child.pid!, files, copies,
    async ask(what, times = 1) {
      child.stdin.write(`${JSON.stringify({ do: what, times })}\n`);
      return next();
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
