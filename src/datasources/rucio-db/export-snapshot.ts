import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { connect, disconnect } from '../postgres/connect.js';
import { parseLsn, type Lsn } from './lsn.js';

const ANSWER_MS = 120_000;

/** Rucio's database as it was at one position of its log, open to be read. */
export interface ExportedSnapshot {
  /** What was committed before is in it, and nothing that was committed there or later. */
  readonly position: Lsn;
  readonly reader: pg.Client;
  close(): Promise<void>;
}

/** Takes a snapshot by a replication slot that ends with it: it waits until the transactions that are under way have ended. */
export async function exportSnapshot(url: string, signal: AbortSignal): Promise<ExportedSnapshot> {
  const maker = await connect(url, { purpose: 'repair slot', signal, replication: true, answerMs: ANSWER_MS });
  const reader = await connect(url, { purpose: 'repair', signal, answerMs: ANSWER_MS });
  const close = async () => { await Promise.all([disconnect(reader), disconnect(maker)]); };
  try {
    const slot = `dipper_repair_${randomBytes(6).toString('hex')}`;
    const made = await maker.query<{ consistent_point: string; snapshot_name: string }>(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT`);
    const { consistent_point: position, snapshot_name: name } = made.rows[0]!;
    await reader.query('begin isolation level repeatable read read only');
    await reader.query(`set transaction snapshot '${name}'`);
    return { position: parseLsn(position), reader, close };
  } catch (error) {
    await close();
    throw error;
  }
}
