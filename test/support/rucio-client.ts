import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestStack } from './stack.js';

/** Rucio's own Python client, kept open: imports take it seconds. */
export class RucioClient {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(stack: TestStack) {
    this.#child = spawn('python3', [new URL('change-rucio.py', import.meta.url).pathname], { env: { ...process.env, ...stack.env }, stdio: ['pipe', 'pipe', 'inherit'] });
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
    this.#child.stdin!.end();
  }

  async #next(): Promise<unknown> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("Rucio's client broke off.");
    return JSON.parse(value) as unknown;
  }
}
