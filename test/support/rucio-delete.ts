import { spawn } from 'node:child_process';
import type { TestStack } from './stack.js';

export interface Deletion {
  readonly rse?: string;
  readonly files?: readonly { readonly scope: string; readonly name: string }[];
  readonly rules?: readonly string[];
}

/** Deletes as Rucio's daemons do, one after the other, see rucio-delete.py: to start it takes longer than the work. */
export function rucioDelete(stack: TestStack, ...work: readonly Deletion[]): Promise<void> {
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
