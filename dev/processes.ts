import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Home } from './home.js';
import { writeWhole } from './home.js';
import { identityOf, livingPid } from './identity.js';
import type { OsUser } from './os-user.js';
import { StackFailure } from './stack-failure.js';
import { until } from './until.js';

/** A service of the stack that can be stopped and started again. */
export interface Service { readonly name: string; readonly pid: number | undefined; start(signal?: AbortSignal): Promise<void>; stop(): Promise<void> }

export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: OsUser;
  readonly stopWith?: 'SIGTERM' | 'SIGINT';
}

export interface ServiceCommand extends Command {
  readonly isReady: (signal: AbortSignal) => Promise<boolean>;
  readonly readySeconds: number;
  /** Told when the process ends though nobody stopped it. */
  readonly onExit?: (failure: StackFailure) => void;
}

const STOP_SECONDS = 15;

function launch(home: Home, { name, command, args, env, user, stopWith = 'SIGTERM' }: Command, lines: boolean): { child: ChildProcess; log: string } {
  mkdirSync(home.logs, { recursive: true });
  const log = path.join(home.logs, `${name}.log`);
  const file = openSync(log, existsSync(log) && statSync(log).size > 20e6 ? 'w' : 'a');
  writeSync(file, `\n--- ${new Date().toISOString()} ${name} starts\n`);
  // A group of its own: Ctrl-C in the terminal reaches the stack alone, which then stops the parts in order.
  const child = spawn(command, [...args], {
    cwd: '/', env: { ...process.env, ...env }, stdio: ['ignore', lines ? 'pipe' : file, file], detached: true, ...(user && { uid: user.uid, gid: user.gid }),
  });
  closeSync(file);
  if (child.pid !== undefined) writeWhole(path.join(home.pids, name), JSON.stringify({ identity: identityOf(child.pid), stopWith }));
  child.once('exit', () => { rmSync(path.join(home.pids, name), { force: true }); });
  return { child, log };
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch { /* it is gone */ }
}

async function end(pid: number, signal: NodeJS.Signals, gone: () => boolean): Promise<void> {
  kill(pid, signal);
  if (!await until(gone, STOP_SECONDS)) {
    kill(-pid, 'SIGKILL');
    await until(gone, 5);
  }
}

/** The last lines of a log, as text. */
export function tail(log: string, lines = 8): string {
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '';
}

function failure(what: string, log: string): StackFailure {
  return /No space left on device|ENOSPC/i.test(tail(log, 40)) ? new StackFailure('The disk is full: free some space and start again.', log) : new StackFailure(what, log);
}

/** Runs a command to its end. Throws StackFailure when it fails, the signal's reason when it is aborted. */
export async function run(home: Home, command: Command & { readonly failure: string; readonly signal: AbortSignal; readonly onLine?: (line: string) => void }): Promise<void> {
  const { signal, onLine } = command;
  signal.throwIfAborted();
  const { child, log } = launch(home, command, onLine !== undefined);
  const ended = new Promise<number | null>((resolve, reject) => { child.once('exit', resolve).once('error', reject); });
  if (onLine && child.stdout) createInterface({ input: child.stdout }).on('line', onLine);
  let stopped: Promise<void> | undefined;
  const stop = () => { if (child.pid !== undefined) stopped = end(child.pid, 'SIGTERM', () => child.exitCode !== null || child.signalCode !== null); };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const code = await ended.catch((cause: unknown) => { throw new StackFailure(`${command.failure} (${String((cause as Error).message)})`, log, { cause }); });
    await stopped;
    signal.throwIfAborted();
    if (code !== 0) throw failure(command.failure, log);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A process that runs until it is stopped. `start` returns once it is ready. */
export function service(home: Home, command: ServiceCommand): Service {
  let child: ChildProcess | undefined;
  let stopping = false;
  const gone = () => child === undefined || child.exitCode !== null || child.signalCode !== null;

  async function stop(): Promise<void> {
    stopping = true;
    if (child?.pid !== undefined && !gone()) await end(child.pid, command.stopWith ?? 'SIGTERM', gone);
    child = undefined;
  }
  return {
    name: command.name,
    get pid() { return gone() ? undefined : child?.pid; },
    stop,
    async start(signal = new AbortController().signal) {
      if (!gone()) return;
      signal.throwIfAborted();
      const launched = launch(home, command, false);
      const { log } = launched;
      child = launched.child;
      stopping = false;
      let ready = false;
      const started = child;
      started.once('error', () => { child = undefined; });
      started.once('exit', () => { if (ready && !stopping) command.onExit?.(failure(`${command.name} stopped by itself.`, log)); });
      const settled = await until(async () => gone() || await command.isReady(signal), command.readySeconds, signal).catch(async (error: unknown) => { await stop(); throw error; });
      if (gone()) throw failure(`${command.name} did not start.`, log);
      if (!settled) {
        await stop();
        throw failure(`${command.name} did not answer within ${command.readySeconds} s.`, log);
      }
      ready = true;
    },
  };
}

/** Ends what an earlier run of this home left behind after a crash; touches only the very processes it started. */
export async function killStrays(home: Home): Promise<number> {
  let count = 0;
  for (const name of readdirSync(home.pids)) {
    const file = path.join(home.pids, name);
    try {
      const { identity, stopWith } = JSON.parse(readFileSync(file, 'utf8')) as { identity: string; stopWith: NodeJS.Signals };
      const pid = livingPid(identity);
      if (pid !== undefined) {
        count++;
        await end(pid, stopWith, () => livingPid(identity) === undefined);
      }
    } catch { /* half-written: nothing to go by */ }
    rmSync(file, { force: true });
  }
  return count;
}
