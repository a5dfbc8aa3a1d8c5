import { DipperError } from '../../errors.js';

/** Work of many, some at a time, one at a time of each: who brings much waits for itself, and the others do not. */
export interface Lanes { run<T>(whose: string, work: () => Promise<T>): Promise<T> }

export interface LanesOptions {
  readonly atATime: number;
  /** Most that wait, of one and of all together. */
  readonly waiting: number;
  readonly waitingInAll: number;
}

/** Throws RATE_LIMIT where too much of the same one waits, UNAVAILABLE where too much waits at all. */
export function createLanes({ atATime, waiting, waitingInAll }: LanesOptions): Lanes {
  const lanes = new Map<string, (() => Promise<void>)[]>(); // those who have none under way, longest wait first
  const busy = new Set<string>();
  let queued = 0;

  const next = () => {
    for (const [whose, lane] of lanes) {
      if (busy.size >= atATime) return;
      if (busy.has(whose)) continue;
      const work = lane.shift()!;
      queued -= 1;
      lanes.delete(whose);
      if (lane.length > 0) lanes.set(whose, lane);
      busy.add(whose);
      void work().finally(() => {
        busy.delete(whose);
        next();
      });
    }
  };

  return {
    run: (whose, work) => new Promise((resolve, reject) => {
      const lane = lanes.get(whose) ?? [];
      if (lane.length >= waiting) throw new DipperError('RATE_LIMIT', 'Too many new proxies of this certificate at once. Try again in some seconds.');
      if (queued >= waitingInAll) throw new DipperError('UNAVAILABLE', 'Too many new certificates at once. Try again in some seconds.');
      lanes.set(whose, lane);
      queued += 1;
      lane.push(() => work().then(resolve, reject));
      next();
    }),
  };
}
