import type pg from 'pg';
import { parseLsn, type Lsn } from '../../src/datasources/rucio-db/lsn.js';

/** One transaction of the writer's that brings a series to its next value. */
interface Commit<T> { readonly value: T; readonly begunAt: Lsn; done: { readonly at: Lsn; readonly time: number } | null }

/** What an answer says of the moment that it shows; times in ms since 1970. */
export interface Moment { readonly asOf: number | null; readonly position: Lsn | null }

/**
 * What one series of marked transactions has been: each sets one value and waits for the one before. It knows which values a mirror may
 * show that claims to be at a moment: all that was committed by then is there, and nothing that began after.
 */
export class Series<T> {
  readonly #commits: Commit<T>[] = [];

  constructor(private readonly rucio: pg.Pool, readonly first: T) {}

  /** Runs the transaction that sets the value. One that fails may have been committed or not. */
  async commit(value: T, work: () => Promise<unknown>): Promise<void> {
    const commit: Commit<T> = { value, begunAt: await this.#here(), done: null };
    this.#commits.push(commit);
    await work();
    const time = Date.now();
    commit.done = { at: await this.#here(), time };
  }

  /** Values that may be shown, oldest first. */
  admissible({ asOf, position }: Moment): T[] {
    const isOld = ({ done }: Commit<T>) => done !== null && ((asOf !== null && done.time < asOf) || (position !== null && done.at <= position));
    const isLater = ({ begunAt }: Commit<T>) => position !== null && begunAt >= position;
    const oldest = this.#commits.findLastIndex(isOld);
    const later = this.#commits.findIndex(isLater);
    const shown = this.#commits.slice(Math.max(oldest, 0), later < 0 ? undefined : later).map(({ value }) => value);
    return oldest < 0 ? [this.first, ...shown] : shown;
  }

  get count(): number {
    return this.#commits.length;
  }

  async #here(): Promise<Lsn> {
    const { rows } = await this.rucio.query<{ here: string }>('select pg_current_wal_insert_lsn()::text as here');
    return parseLsn(rows[0]!.here);
  }
}
