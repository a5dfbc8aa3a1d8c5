import { setMaxListeners } from 'node:events';
import { unlessAborted } from '../../domain/unless-aborted.js';

/** One call that several wait for: who leaves does not end it for the others; when all have left, it is ended. */
export class Ask<T> {
  readonly #stop = new AbortController();
  readonly #answer: Promise<T>;
  #waiting = 0;
  #ended = false;

  constructor(run: (signal: AbortSignal) => Promise<T>) {
    setMaxListeners(0, this.#stop.signal); // each of its requests listens
    this.#answer = run(this.#stop.signal).finally(() => { this.#ended = true; });
    this.#answer.catch(() => undefined); // all may have left
  }

  /** Whether it was ended for want of anybody who waits. */
  get left(): boolean {
    return this.#stop.signal.aborted;
  }

  async wait(signal: AbortSignal): Promise<T> {
    this.#waiting += 1;
    try {
      return await unlessAborted(this.#answer, signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0 && !this.#ended) this.#stop.abort(signal.reason);
    }
  }
}
