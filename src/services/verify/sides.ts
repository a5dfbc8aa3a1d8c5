import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { MetadataField } from '../../domain/metadata-field.js';
import { DipperError } from '../../errors.js';
import { readFollowing, type Following } from '../../datasources/mirror/following.js';
import { checkVersion } from '../../datasources/mirror/mirror-version.js';
import { registryDigest } from '../../datasources/mirror/registry-columns.js';
import { mirrorOrigins } from '../../datasources/mirror/row-origins.js';
import { connect, disconnect } from '../../datasources/postgres/connect.js';
import { createRowReader, type RowReader } from '../../datasources/postgres/row-reader.js';
import { formatLsn } from '../../datasources/rucio-db/lsn.js';
import { sourceOrigins } from '../../datasources/rucio-db/row-origins.js';
import { readIdentity, readMoment } from '../../datasources/rucio-db/slot.js';

const ANSWER_MS = 120_000;
const CATCH_UP_MS = 60_000;
const POLL_MS = 25;

export interface SidesOptions {
  readonly mirrorUrl: string;
  readonly rucioDatabaseUrl: string;
  readonly fields: readonly MetadataField[];
  readonly signal: AbortSignal;
}

/** Rucio's database and the mirror, open to be compared. */
export interface Sides {
  readonly rucio: RowReader;
  readonly mirror: RowReader;
  /** For short questions. */
  readonly rucioClient: pg.Client;
  readonly mirrorClient: pg.Client;
  /** The mirror's asOf when they were opened. */
  readonly asOf: string;
  /** Waits until the mirror has all that Rucio's database has committed by now; false, from then on, where nothing brings it there. */
  caughtUp(): Promise<boolean>;
  /** Why nothing brings the mirror on; null where it is followed. */
  notFollowed(): string | null;
  close(): Promise<void>;
}

function whyNot({ state, alive, checkedAt }: Following): string | null {
  if (alive) return null;
  return state === 'SNAPSHOT' ? 'a new snapshot is being taken, or was' : `\`dipper sync\` was last heard of at ${checkedAt.slice(0, 19)} UTC`;
}

/** Opens both. Throws DipperError where they do not belong together, or the mirror was never filled. */
export async function openSides({ mirrorUrl, rucioDatabaseUrl, fields, signal }: SidesOptions): Promise<Sides> {
  const clients: pg.Client[] = [];
  const open = async (url: string, purpose: string, more: { answerMs?: number; replication?: boolean } = {}) => {
    const client = await connect(url, { purpose, signal, ...more }).catch((cause: Error) => {
      throw signal.aborted ? cause : new DipperError('UNAVAILABLE', `The database at ${url === mirrorUrl ? 'DATABASE_URL' : 'RUCIO_DATABASE_URL'} does not answer: ${cause.message}.`, { cause });
    });
    clients.push(client);
    // It sorts millions of rows.
    if (!more.replication) await client.query(`set work_mem = '64MB'; set default_transaction_read_only = on`);
    return client;
  };
  const close = async () => { await Promise.all(clients.map(disconnect)); };
  try {
    const mirrorClient = await open(mirrorUrl, 'verify', { answerMs: ANSWER_MS });
    await checkVersion(mirrorClient, registryDigest(fields));
    const following = await readFollowing(mirrorClient);
    const asOf = following?.asOf;
    if (!asOf) throw new DipperError('UNAVAILABLE', 'The mirror has not been filled yet: `dipper sync` does that.');
    if (following.kind !== 'REPLICATION') throw new DipperError('BAD_USER_INPUT', 'The mirror was crawled through Rucio\'s REST interface, which tells less than its database: it cannot be verified.');
    const rucioClient = await open(rucioDatabaseUrl, 'verify', { answerMs: ANSWER_MS });
    const identity = await readIdentity(await open(rucioDatabaseUrl, 'verify identity', { replication: true, answerMs: ANSWER_MS }));
    if (following.identity !== null && following.identity !== identity) {
      throw new DipperError('BAD_USER_INPUT', `The mirror was made from another database than the one at RUCIO_DATABASE_URL (${following.identity}, not ${identity}).`);
    }
    let notFollowed = whyNot(following);
    return {
      rucio: createRowReader(sourceOrigins, { stream: await open(rucioDatabaseUrl, 'verify read'), asks: rucioClient }),
      mirror: createRowReader(mirrorOrigins(fields), { stream: await open(mirrorUrl, 'verify read'), asks: mirrorClient }),
      rucioClient, mirrorClient, asOf, close,
      notFollowed: () => notFollowed,
      async caughtUp() {
        if (notFollowed !== null) return false;
        const position = formatLsn((await readMoment(rucioClient)).position);
        for (const end = Date.now() + CATCH_UP_MS; Date.now() < end; await sleep(POLL_MS, undefined, { signal })) {
          const now = await readFollowing(mirrorClient, position);
          if (now?.reached) return true;
          notFollowed = now ? whyNot(now) : 'it was emptied';
          if (notFollowed !== null) return false;
        }
        notFollowed = `it has not come to ${position} within ${CATCH_UP_MS / 1000} s`;
        return false;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
