import { setTimeout as sleep } from 'node:timers/promises';
import type { MirrorPool } from '../datasources/mirror/pool.js';
import { parseLsn, type Lsn } from '../datasources/rucio-db/lsn.js';
import { DipperError } from '../errors.js';

/** Where the mirror is, and what requests wait for. */
export interface Positions {
  /** Null where the mirror has no position, or cannot say so at once. */
  now(): Promise<string | null>;
  /**
   * Waits until the mirror is at the position or beyond it, and gives the position as a number. BAD_USER_INPUT where it can never be there:
   * a text that is none, the REST source, another database than before; TIMEOUT when the signal aborts, UNAVAILABLE when the mirror is away.
   */
  reach(position: string, signal: AbortSignal): Promise<Lsn>;
  /** Sends those who wait away. */
  close(): void;
}

const EVERY_MS = 25;
const NOW_MS = 250;
/** One look at the mirror may take so long. */
const LOOK_MS = 3000;

const statement = {
  name: 'look', values: [], text: 'select s.kind, s.identity, s.position::text from (select) one left join mirror.source s on true',
};
interface Look { readonly kind: string | null; readonly identity: string | null; readonly position: string | null; readonly at: Lsn | null }
interface Waiter { readonly position: Lsn; before?: Look; settle(error?: DipperError): void }

const refuse = (message: string) => new DipperError('BAD_USER_INPUT', message);

/** Of a position in a database, or a state of it, that the mirror does not follow any more. */
export const foreignPosition = (): DipperError => refuse("The mirror follows another database of Rucio's than when this position was given. Ask without the header dipper-at-least.");

function readPosition(text: string): Lsn {
  if (!/^[0-9a-f]{1,8}\/[0-9a-f]{1,8}$/i.test(text)) throw refuse('The header dipper-at-least is not a position such as 0/16B3748, which the header dipper-position of an answer gives.');
  return parseLsn(text);
}

/** An error, true when the mirror is there, false when it is not yet. */
function judge({ position, before }: Waiter, now: Look): DipperError | boolean {
  if (now.kind === 'REST') return refuse('The mirror follows Rucio by its REST interface, where there are no positions. Ask without the header dipper-at-least.');
  if (before?.at != null && (now.identity !== before.identity || now.at === null || now.at < before.at)) return foreignPosition();
  return now.at !== null && now.at >= position;
}

/** Positions of the mirror. Those who wait share one look at it, again and again; nobody looks where nobody waits. */
export function createPositions(pool: MirrorPool): Positions {
  const waiters = new Set<Waiter>();
  let looking = false;
  let present: Promise<string | null> | undefined;
  let closed: DipperError | undefined;

  async function look(): Promise<Look> {
    const [kind = null, identity = null, position = null] = await pool.row(statement, AbortSignal.timeout(LOOK_MS));
    return { kind, identity, position, at: position === null ? null : parseLsn(position) };
  }

  async function watch(): Promise<void> {
    looking = true;
    while (waiters.size > 0) {
      const found = await look().catch((cause: unknown) => (cause instanceof DipperError && cause.code !== 'TIMEOUT' ? cause
        : new DipperError('UNAVAILABLE', 'The mirror cannot be reached now. Try again in a moment.', { cause })));
      for (const waiter of waiters) {
        const judged = found instanceof DipperError ? found : judge(waiter, found);
        if (judged instanceof DipperError) waiter.settle(judged);
        else if (judged) waiter.settle();
        else waiter.before = found as Look;
      }
      if (waiters.size > 0) await sleep(EVERY_MS);
    }
    looking = false;
  }

  return {
    async now() {
      // One look for all who ask meanwhile: a mirror that does not answer is not asked by each of them.
      present ??= look().then((found) => (found.kind === 'REPLICATION' ? found.position : null), () => null).finally(() => { present = undefined; });
      return Promise.race([present, sleep(NOW_MS, null, { ref: false })]);
    },

    async reach(text, signal) {
      const position = readPosition(text);
      signal.throwIfAborted();
      if (closed) throw closed;
      await new Promise<void>((resolve, reject) => {
        const late = () => { waiter.settle(new DipperError('TIMEOUT', `The mirror has not come to ${text} in time. \`{ mirror { state position lagSeconds } }\` says where it is.`)); };
        const waiter: Waiter = { position, settle(error) {
          waiters.delete(waiter);
          signal.removeEventListener('abort', late);
          if (error) reject(error);
          else resolve();
        } };
        signal.addEventListener('abort', late, { once: true });
        waiters.add(waiter);
        if (!looking) void watch();
      });
      return position;
    },

    close() {
      closed = new DipperError('UNAVAILABLE', 'This dipper is being stopped. Try again in a moment.');
      for (const waiter of waiters) waiter.settle(closed);
    },
  };
}
