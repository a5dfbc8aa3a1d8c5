import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readJson } from './home.js';
import { repository } from './repository.js';

export interface Counts { readonly passed: number; readonly failed: number }

/** Runs a tool of node_modules in the terminal; its exit code, 130 when it was stopped. */
export async function tool(script: string, args: readonly string[], signal: AbortSignal, env: Readonly<Record<string, string>> = {}): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [path.join(repository, 'node_modules', script), ...args], { cwd: repository, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const stop = () => { if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM'); };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => { child.once('exit', (code) => { resolve(code ?? 130); }).once('error', reject); });
  } finally {
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
  }
}

/** One vitest run. A run that breaks without a failed test counts as one failure. */
export async function vitest(args: readonly string[], signal: AbortSignal, env: Readonly<Record<string, string>> = {}): Promise<Counts> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dipper-test-'));
  try {
    const file = path.join(folder, 'result.json');
    const code = await tool('vitest/vitest.mjs', ['run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], signal, env);
    const { numPassedTests: passed = 0, numFailedTests: failed = 0 } = (readJson(file) ?? {}) as { numPassedTests?: number; numFailedTests?: number };
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether any test file fits these arguments. */
export async function anyTest(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dipper-test-'));
  try {
    const file = path.join(folder, 'files.json');
    const code = await tool('vitest/vitest.mjs', ['list', '--filesOnly', `--json=${file}`, ...args], signal);
    const files = readJson(file);
    return code !== 0 || (Array.isArray(files) && files.length > 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
