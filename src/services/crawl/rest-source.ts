import { setTimeout as sleep } from 'node:timers/promises';
import { dropPass } from '../../datasources/mirror/crawl-pass.js';
import { beginCrawling, writeAnswered, writeAsOf } from '../../datasources/mirror/crawl-source.js';
import { writeAsLeader } from '../../datasources/mirror/leadership.js';
import { readSource } from '../../datasources/mirror/source.js';
import { writeChanges } from '../../datasources/mirror/write-changes.js';
import { writeTables } from '../../datasources/mirror/write-tables.js';
import { createRucio } from '../../datasources/rucio/rucio.js';
import type { Leader } from '../sync/lead.js';
import type { KeepOptions, Source } from '../sync/source.js';
import type { Crawl } from './crawl.js';
import { startHeartbeat, type Heartbeat } from './heartbeat.js';
import { createPatience } from './patience.js';
import { runPass } from './run-pass.js';
import { Turns } from './turns.js';

export interface RestOptions {
  readonly rucio: { readonly url: string; readonly account: string; readonly username: string; readonly password: string };
  /** Requests at a time. */
  readonly concurrency: number;
  /** Requests a second. */
  readonly rate: number;
  /** Wait from the end of a pass to the next. */
  readonly pauseSeconds: number;
}

/** Bulk answers take Rucio their time. */
const TIMEOUT_MS = 120_000;
/** How long a run that is to end waits for a Rucio that is down. */
const ONCE_DOWN_MS = 60_000;

/** Rucio's REST interface, read pass by pass: for archives whose database is out of reach. With `once`, one whole pass. */
export function restSource({ rucio: login, concurrency, rate, pauseSeconds }: RestOptions): Source {
  async function keep({ mirror, pulse, term, signal }: Leader, { fields, log, metrics, once }: KeepOptions): Promise<void> {
    let heartbeat: Heartbeat | undefined;
    let requests = 0;
    const beaten = new AbortController();
    const rucio = createRucio({
      ...login, rate, maxConcurrency: concurrency, timeoutMs: TIMEOUT_MS, restMs: 0,
      onCall({ status }) {
        requests += 1;
        metrics?.requested(status);
        if (status !== undefined && status < 500) heartbeat?.answered();
      },
    });
    const turns = new Turns();
    const tables = writeTables(fields, 'mirror');
    const within = AbortSignal.any([signal, beaten.signal]);
    const crawl: Crawl = {
      rucio, fields, concurrency, log, metrics, signal: within, contents: tables.find(({ name }) => name === 'contents')!, rses: new Map(), strangers: new Map(),
      patience: createPatience({ rucio, log, signal: within, downMs: once ? ONCE_DOWN_MS : Infinity, onAgain: () => { metrics?.askedAgain(); } }),
      read: (work) => turns.take(() => work(mirror)),
      requests: () => requests,
      answered: () => heartbeat?.answered(),
      async apply(to, changes) {
        await writeChanges(to, tables, changes);
        for (const [table, { upserts, removes }] of changes) metrics?.applied(table, upserts.length, removes.length);
      },
      write: (work) => turns.take(async () => {
        const begun = performance.now();
        await mirror.query('begin');
        try {
          const result = await work(mirror);
          await writeAsLeader(mirror, term, 'term = term');
          await mirror.query('commit');
          metrics?.committed({ transactions: 0, seconds: (performance.now() - begun) / 1000 });
          return result;
        } catch (error) {
          await mirror.query('rollback').catch(() => undefined);
          throw error;
        }
      }),
    };
    try {
      const before = await crawl.read(readSource);
      await crawl.write(async () => {
        // A pass of an earlier time knows nothing of what another source has written since.
        if (before?.kind !== 'REST') await dropPass(mirror);
        await beginCrawling(mirror, term);
      });
      heartbeat = startHeartbeat({ ask: () => rucio.ping({ signal: within }), say: () => writeAnswered(pulse, term), onFailure: (error) => { beaten.abort(error); } });
      for (;;) {
        const isWhole = await runPass(crawl, (began) => writeAsOf(mirror, term, began));
        if (once && isWhole) return;
        if (!isWhole) continue;
        await sleep(pauseSeconds * 1000, undefined, { signal: within });
      }
    } catch (error) {
      throw beaten.signal.aborted && !signal.aborted ? beaten.signal.reason : error;
    } finally {
      heartbeat?.stop();
      beaten.abort();
      await rucio.close();
    }
  }
  return { kind: 'REST', keep };
}
