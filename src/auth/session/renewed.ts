/** Good for so long. */
const GOOD_MS = 60 * 60_000;
/** And where it may no longer be, or could not be had, it is asked for at most so often. */
const PAUSE_MS = 30_000;

export interface Renewed<T> {
  /** Asks where what is known is no longer good; where that fails, the old is kept. Rejects only where nothing has ever been known. */
  get(): Promise<T>;
  /** Says that something was wrong with it: it is asked for soon. */
  doubt(): void;
}

/** Something that is asked for once an hour, and once for all who wait. `now`: milliseconds since the epoch. */
export function createRenewed<T>(ask: () => Promise<T>, now: () => number): Renewed<T> {
  let known: { readonly value: T; until: number; readonly since: number } | undefined;
  let pending: Promise<T> | undefined;

  async function renew(): Promise<T> {
    try {
      const value = await ask();
      known = { value, since: now(), until: now() + GOOD_MS };
      return value;
    } catch (error) {
      if (!known) throw error;
      known.until = now() + PAUSE_MS;
      return known.value;
    } finally {
      pending = undefined;
    }
  }

  return {
    get: async () => (known && now() < known.until ? known.value : pending ??= renew()),
    doubt() { if (known) known.until = Math.min(known.until, known.since + PAUSE_MS); },
  };
}
