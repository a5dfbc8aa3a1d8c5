import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { repository } from '../../dev/repository.js';
import type { TestStack } from './stack.js';

/** Rucio's own Python client, or another program of ours on its code, kept open: imports take it seconds. */
export class RucioClient {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(stack: TestStack, script: 'change-rucio.py' | 'rucio-core.py' = 'change-rucio.py') {
    this.#child = spawn('python3', [path.join(repository, 'test', 'support', script)], { env: { ...process.env, ...stack.env }, stdio: ['pipe', 'pipe', script === 'change-rucio.py' ? 'inherit' : 'ignore'] });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  ready(): Promise<unknown> {
    return this.#next();
  }

  /** Calls a method of the client; done when Rucio has answered. */
  async call(call: string, args: readonly unknown[], kwargs: object = {}): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify({ call, args, kwargs })}\n`);
    const { result, error } = await this.#next() as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(`${call}: ${error}`);
    return result;
  }

  close(): void {
    this.#child.stdin!.destroy();
    this.#child.kill();
  }

  async #next(): Promise<unknown> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("Rucio's client broke off.");
    return JSON.parse(value) as unknown;
  }
}
