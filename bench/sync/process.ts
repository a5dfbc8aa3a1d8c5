import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../../dev/repository.js';
import { processCpu } from '../cpu.js';

/** A command of dipper that runs, and what it has cost so far. */
export interface Running {
  readonly pid: number;
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** On-CPU seconds. */
  cpu(): number;
  /** Most memory that it has held, MiB. */
  peak(): number;
  stop(): Promise<void>;
}

const SAMPLE_MS = 100;

/** Starts `dipper <args>` as its users do, its output going to the log. */
export function startDipper(args: readonly string[], env: Readonly<Record<string, string>>, log: string): Running {
  const file = openSync(log, 'a');
  const child = spawn(process.execPath, [path.join(repository, 'dist', 'src', 'main.js'), ...args], { env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env }, stdio: ['ignore', file, file] });
  closeSync(file);
  const pid = child.pid!;
  let cpu = 0;
  let peak = 0;
  // A process that has ended tells nothing any more: it is asked while it runs.
  const sample = () => {
    try {
      cpu = Math.max(cpu, processCpu(pid) / 1000);
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
    } catch { /* it has just ended */ }
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const ended = new Promise<number | null>((resolve, reject) => { child.once('exit', resolve).once('error', reject); }).finally(() => { clearInterval(timer); });
  ended.catch(() => undefined);
  return {
    pid, ended, peak: () => peak,
    cpu() {
      sample();
      return cpu;
    },
    async stop() {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await ended.catch(() => undefined);
      clearTimeout(kill);
    },
  };
}
