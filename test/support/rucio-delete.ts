import { spawn } from 'node:child_process';
import type { TestStack } from './stack.js';

export interface Deletion {
  readonly rules?: readonly string[];
  /** Whether what has expired goes, too. */
  readonly undertake?: boolean;
  readonly replicas?: readonly { readonly rse: string; readonly files: readonly { readonly scope: string; readonly name: string }[] }[];
}

/** Deletes as Rucio's daemons do, see rucio-delete.py; each call takes Python's start of some seconds. */
export function rucioDelete(stack: TestStack, work: Deletion): Promise<void> {
  const env = { ...process.env, ...stack.env, PATH: `${stack.env['PATH'] ?? ''}:${process.env['PATH'] ?? ''}` };
  const child = spawn('python', ['test/support/rucio-delete.py'], { env, stdio: ['pipe', 'ignore', 'pipe'], timeout: 60_000 });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => { complaint += text.toString(); });
  child.stdin.end(JSON.stringify(work));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => { if (code === 0) resolve(); else reject(new Error(`rucio-delete.py: ${complaint.slice(-1000)}`)); });
  });
}
