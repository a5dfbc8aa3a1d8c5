import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { connect, destroy, disconnect } from '../postgres/connect.js';
import { dropSlot, readIdentity, readMoment } from './slot.js';
import { SCHEMA } from './source-table.js';

/** Rucio's tables as at one commit, the one from which the new slot streams. */
export interface Snapshot {
  readonly identity: string;
  /** Where the slot's stream begins. */
  readonly position: string;
  /** A moment before the snapshot: all that was committed by then is in it. */
  readonly asOf: string;
  /** Rows of a query on Rucio's schema in Postgres's COPY text format, chunk by chunk as they arrive. */
  rows(query: string): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

/** Makes the slot anew and opens a snapshot of the moment from which it streams. An older slot of the name is dropped. */
export async function openSnapshot(url: string, slot: string, signal?: AbortSignal): Promise<Snapshot> {
  const reader = await connect(url, { purpose: 'snapshot', signal });
  let maker: pg.Client | undefined;
  const close = async () => {
    await Promise.all([disconnect(reader), maker && disconnect(maker)]);
  };
  try {
    maker = await connect(url, { purpose: 'slot', signal, replication: true });
    const identity = await readIdentity(maker);
    await dropSlot(reader, slot);
    const { at } = await readMoment(reader);
    // The exported snapshot lives as long as this connection does nothing else.
    const made = await maker.query<{ consistent_point: string; snapshot_name: string }>(`CREATE_REPLICATION_SLOT "${slot}" LOGICAL pgoutput EXPORT_SNAPSHOT`);
    const { consistent_point: position, snapshot_name: name } = made.rows[0]!;
    await reader.query('begin isolation level repeatable read read only');
    await reader.query(`set transaction snapshot '${name}'`);
    await reader.query(`set local search_path = ${SCHEMA}`);
    return { identity, position, asOf: at, close, rows: (query) => copyRows(reader, query) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* copyRows(client: pg.Client, query: string): AsyncGenerator<Buffer> {
  const stream = client.query(copyTo(`copy (${query}) to stdout`));
  let whole = false;
  try {
    for await (const chunk of stream) yield chunk as Buffer;
    whole = true;
  } finally {
    // A copy that is left half-way cannot be taken up again.
    if (!whole) destroy(client);
  }
}
