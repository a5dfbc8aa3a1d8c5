import { setMaxListeners } from 'node:events';

/**
 * Aborts with `signal`, or by itself, until it is released. `AbortSignal.any` keeps something of each of its results for as long as its sources
 * live, and those of daemons live for months.
 */
export class LinkedAbort {
  private readonly own = new AbortController();
  private readonly follow = () => { this.own.abort(this.outer?.reason); };

  constructor(private readonly outer?: AbortSignal) {
    if (!outer) return;
    // Many wait on one signal, and each lets go of it: none of them is a leak that Node should warn of.
    setMaxListeners(0, outer);
    if (outer.aborted) this.follow();
    else outer.addEventListener('abort', this.follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.own.signal;
  }

  /** Aborts, and lets go of the outer signal. */
  abort(reason?: unknown): void {
    this.release();
    this.own.abort(reason);
  }

  /** Only lets go of the outer signal. */
  release(): void {
    this.outer?.removeEventListener('abort', this.follow);
  }
}
