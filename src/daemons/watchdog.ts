import { Worker } from 'node:worker_threads';

const BEATS_A_SECOND = 2;

/**
 * Kills this process when its event loop has stood still for so many seconds: no signal, probe or timer of its own is heard then. Why is written to stderr first.
 * A thread of its own looks, once a beat; so a machine that sleeps, and this process with it, is no reason.
 */
export function startWatchdog(seconds: number): () => void {
  if (seconds === 0) return () => undefined;
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData: { beats, seconds, everyMs: 1000 / BEATS_A_SECOND }, execArgv: [] });
  thread.unref();
  const beat = setInterval(() => { Atomics.add(beats, 0, 1); }, 1000 / BEATS_A_SECOND);
  beat.unref();
  return () => {
    clearInterval(beat);
    void thread.terminate();
  };
}
