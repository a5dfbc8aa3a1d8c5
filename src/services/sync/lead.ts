import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { beginTerm, endFrozenLeader, LEADER_PURPOSE, signOfLife, takeLock, takeLockOver } from '../../datasources/mirror/leadership.js';
import { checkVersion } from '../../datasources/mirror/mirror-version.js';
import { registryDigest } from '../../datasources/mirror/registry-columns.js';
import { connect } from '../../datasources/postgres/connect.js';
import { LinkedAbort } from '../../domain/linked-abort.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import { Deafness } from './deafness.js';
import type { SyncLog } from './sync-log.js';

const SIGN_OF_LIFE_MS = 1_000;
/** So long the session of a leader that was ended may take to undo what it had not committed. */
const FREED_WITHIN_MS = 1_000;
/** So long it may take to find out who leads; an update of the mirror's own row may wait for a leader that ends. */
const ANSWERS_WITHIN_MS = 30_000;

/** The one process that keeps the mirror. */
export interface Leader {
  /** The connection that holds the lock: all that is written goes through it, so who lost the lock cannot write. */
  readonly mirror: pg.ClientBase;
  /** Opens a further connection to the mirror, which ends with the lead. What is written through it must do no harm if the lead is lost. */
  connect(purpose: string): Promise<pg.Client>;
  /** A second connection, for signs of life while the first is busy. */
  readonly pulse: pg.ClientBase;
  /** Number of this leadership; each transaction names it, and fails if another one has begun. */
  readonly term: string;
  /** Aborts when the lead is lost, or what was asked for is to stop. */
  readonly signal: AbortSignal;
}

export interface LeadOptions {
  readonly mirrorUrl: string;
  readonly fields: readonly MetadataField[];
  readonly kind: 'REPLICATION' | 'REST';
  readonly log: SyncLog;
  readonly signal: AbortSignal;
  /** Take the lead from a sync that has it; that one stands by meanwhile. */
  readonly takeOver?: boolean | undefined;
}

/** Takes the lead and does the work; both connections end with it. False if another process leads; one that has frozen is ended first. */
export async function lead({ mirrorUrl, fields, kind, log, signal, takeOver }: LeadOptions, work: (leader: Leader) => Promise<void>): Promise<boolean> {
  // Whatever breaks, all connections of this try end with it.
  const attempt = new LinkedAbort(signal);
  const within = attempt.signal;
  let beat: NodeJS.Timeout | undefined;
  const dumb = setTimeout(() => { attempt.abort(new Error('The mirror does not answer.')); }, ANSWERS_WITHIN_MS);
  try {
    const mirror = await connect(mirrorUrl, { purpose: LEADER_PURPOSE, signal: within });
    await checkVersion(mirror, registryDigest(fields));
    const pulse = await connect(mirrorUrl, { purpose: 'pulse', answerMs: 10_000, signal: within });
    if (!(await (takeOver ? takeLockOver(mirror, pulse) : takeLock(mirror)))) {
      if (!await endFrozenLeader(mirror)) return false;
      log.warn({}, 'the leader gave no sign of life: its connection was ended');
      for (const ended = performance.now(); !await takeLock(mirror); await sleep(20, undefined, { signal: within })) if (performance.now() - ended > FREED_WITHIN_MS) return false;
    }
    const term = await beginTerm(mirror, kind);
    clearTimeout(dumb);
    const clients = [mirror];
    const deafness = new Deafness();
    beat = setInterval(() => {
      signOfLife(pulse, term).then(async () => {
        if (await deafness.look(pulse, clients)) throw new Error('A connection to the mirror has gone dumb.');
      }).catch((error: unknown) => { attempt.abort(error); });
    }, SIGN_OF_LIFE_MS);
    const further = async (purpose: string) => {
      const client = await connect(mirrorUrl, { purpose, signal: within });
      clients.push(client);
      client.once('end', () => { clients.splice(clients.indexOf(client), 1); });
      return client;
    };
    await work({ mirror, pulse, term, signal: within, connect: further });
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    throw within.aborted ? within.reason : error;
  } finally {
    clearTimeout(dumb);
    clearInterval(beat);
    attempt.abort();
  }
}
