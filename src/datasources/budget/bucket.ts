/** What is left of a budget after a request, or how long to wait until the request would fit; in points and milliseconds. */
export interface Taken { readonly left: number; readonly waitMs: number }

/** Leaky buckets, one a key: each holds the points of a minute, and leaks evenly. */
export interface Buckets {
  /** Pours points in, unless the bucket would run over: then nothing, and `waitMs` is above 0. */
  take(key: string, points: number): Promise<Taken>;
  close(): void;
}

/** A bucket lasts so long from full to empty. */
export const WINDOW_MS = 60_000;
