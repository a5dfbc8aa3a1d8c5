import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until `probe` says yes. Answers false when the time is over; throws when the signal is aborted. */
export async function until(probe: () => Promise<boolean> | boolean, seconds: number, signal?: AbortSignal): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    signal?.throwIfAborted();
    if (await probe()) return true;
    if (performance.now() > end) return false;
    await sleep(100, undefined, { signal });
  }
}

/** Whether an HTTP GET is answered with 200. The connection is not kept: an idle one would hold up the server's stop. */
export async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false, signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => { resolve(false); });
  });
}
