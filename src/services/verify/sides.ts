import type pg from 'pg';
import { DipperError } from '../../errors.js';
import { readFollowing, type Following } from '../../datasources/mirror/following.js';
import { checkVersion } from '../../datasources/mirror/mirror-version.js';
import { registryDigest } from '../../datasources/mirror/registry-columns.js';
import { connect, disconnect } from '../../datasources/postgres/connect.js';
import { oneByOne } from '../../datasources/postgres/one-by-one.js';
import type { ReadSome, Row } from '../../datasources/postgres/row-reader.js';
import type { MetadataField } from '../../domain/metadata-field.js';
import type { RowKind } from '../../domain/row-kind.js';
import type { Difference } from './difference.js';
import type { Counts } from './merge-rows.js';
import type { Repaired, VerifyReport } from './report.js';
import type { WrongRows } from '../../datasources/mirror/wrong-rows.js';

export const ANSWER_MS = 120_000;

export interface SidesOptions {
  readonly mirrorUrl: string;
  readonly fields: readonly MetadataField[];
  readonly signal: AbortSignal;
}

/** Rows that seem to differ. */
export interface Suspects { readonly kind: RowKind; readonly keys: readonly Row[] }

export interface Judged {
  readonly differences: readonly Difference[];
  readonly late: number;
  /** Rows that changed so often that nothing can be said. */
  readonly open: number;
}

/** What a comparison tells of itself meanwhile; `counts` is added to. */
export interface Telling {
  readonly counts: Readonly<Partial<Record<RowKind, Counts>>>;
  /** `rows` have been looked at, of about so many; 0 where nobody knows. */
  onProgress(what: string, rows: number, of: number): void;
}

/** Rucio and the mirror, open to be compared. */
export interface Sides {
  readonly source: Following['kind'];
  readonly rucio: ReadSome;
  readonly mirror: ReadSome;
  /** For short questions, of many at a time. */
  readonly mirrorClient: pg.Client;
  /** The mirror's asOf when they were opened. */
  readonly asOf: string;
  /** Compares these kinds once; what it gives is to be looked at again. */
  compare(kinds: readonly RowKind[], telling: Telling): AsyncGenerator<Suspects>;
  /** Files by chance: so many from Rucio, and so many from the mirror. */
  sampleFiles(count: number, seed: number, telling: Telling): Promise<Row[]>;
  /** Looks again at rows that seem to differ. Those that Rucio has changed since the mirror's asOf are `late`, as far as that can be told. */
  judge(kind: RowKind, keys: readonly Row[]): Promise<Judged>;
  /** Why nothing brings the mirror on; null where it is followed. */
  notFollowed(): string | null;
  /** What could not be read, so that it was not compared. */
  untold(): VerifyReport['untold'];
  rseNames(): Promise<Readonly<Record<string, string>>>;
  repair(wrong: WrongRows): Promise<Repaired>;
  close(): Promise<void>;
}

/** A database that is compared, in transactions that only read. */
export interface Opened {
  open(url: string, purpose: string, more?: { answerMs?: number; replication?: boolean }): Promise<pg.Client>;
  readonly mirrorClient: pg.Client;
  readonly following: Following & { readonly asOf: string };
  close(): Promise<void>;
}

/** Opens the mirror. Throws DipperError where it was never filled, or from another kind of source. */
export async function openMirror({ mirrorUrl, fields, signal }: SidesOptions, kind: Following['kind']): Promise<Opened> {
  const clients: pg.Client[] = [];
  const close = async () => { await Promise.all(clients.map(disconnect)); };
  const open: Opened['open'] = async (url, purpose, more = {}) => {
    const client = await connect(url, { purpose, signal, ...more }).catch((cause: Error) => {
      throw signal.aborted ? cause : new DipperError('UNAVAILABLE', `The database at ${url === mirrorUrl ? 'DATABASE_URL' : 'RUCIO_DATABASE_URL'} does not answer: ${cause.message}.`, { cause });
    });
    clients.push(client);
    // It sorts millions of rows.
    if (!more.replication) await client.query(`set work_mem = '64MB'; set default_transaction_read_only = on`);
    return client;
  };
  try {
    const mirrorClient = oneByOne(await open(mirrorUrl, 'verify', { answerMs: ANSWER_MS }));
    await checkVersion(mirrorClient, registryDigest(fields));
    const following = await readFollowing(mirrorClient);
    const asOf = following?.asOf;
    if (!asOf) throw new DipperError('UNAVAILABLE', 'The mirror has not been filled yet: `dipper sync` does that.');
    if (following.kind !== kind) {
      const [setting, filled] = kind === 'REST' ? ['rest', "from Rucio's database"] : ['replication', "through Rucio's REST interface"];
      throw new DipperError('BAD_USER_INPUT', `The mirror was filled ${filled}, and DIPPER_SOURCE is ${setting}.`);
    }
    return { open, mirrorClient, following: { ...following, asOf }, close };
  } catch (error) {
    await close();
    throw error;
  }
}
