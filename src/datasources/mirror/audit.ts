import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DipperError } from '../../errors.js';
import { ownSettings } from '../postgres/own-settings.js';
import { TidyClient } from '../postgres/tidy-client.js';

/** What somebody asks dipper to write. */
export interface AuditEntry {
  readonly requestId: string;
  readonly kind: string;
  readonly issuer: string | null;
  readonly subject: string;
  readonly operation: string;
  /** As it was given; texts that Postgres can hold. */
  readonly input: object;
}

/** What came of it: `outcome` is OK or the code of an error. */
export interface AuditResult { readonly account: string | null; readonly outcome: string; readonly message: string | null; readonly result: object | null }

/** The table dipper.audit. */
export interface Audit {
  /** Gives the row's id. Throws UNAVAILABLE where it could not be written: then nothing may be done. */
  begin(entry: AuditEntry): Promise<string>;
  /** Tried again for some seconds; rejects where it could not be written. */
  end(id: string, result: AuditResult): Promise<void>;
  /** One piece of work at a time among all processes on this database. Throws UNAVAILABLE. */
  inTurn<T>(name: string, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const CONNECTIONS = 4;
const STATEMENT_MS = 5_000;
/** Whoever waits for a turn waits for others' calls of Rucio; less than a request's own time. */
const TURN_MS = 20_000;
const TRIES = 4;

export function createAudit(url: string, onError: (error: Error) => void): Audit {
  const poolOf = (purpose: string, timeoutMs: number) => {
    const pool = new pg.Pool({ max: CONNECTIONS, Client: TidyClient, connectionTimeoutMillis: STATEMENT_MS, query_timeout: timeoutMs + 1_000, keepAlive: true, ...ownSettings(url, purpose, `-c statement_timeout=${timeoutMs} -c synchronous_commit=on`) });
    pool.on('error', onError);
    pool.on('connect', (client) => { client.on('error', () => undefined); });
    return pool;
  };
  // Those who wait for their turn must not keep others from writing what they have done.
  const [rows, turns] = [poolOf('audit', STATEMENT_MS), poolOf('turns', TURN_MS)];
  const unavailable = (cause: unknown) => new DipperError('UNAVAILABLE', 'This cannot be written down now, so it was not done. Try again in a moment.', { cause });
  const noTurn = (cause: unknown) => new DipperError('UNAVAILABLE', 'Others do the same just now, and this did not get its turn, so it was not done. Try again in a moment.', { cause });

  return {
    async begin({ requestId, kind, issuer, subject, operation, input }) {
      const { rows: [row] } = await rows.query<{ id: string }>(
        'insert into dipper.audit (request_id, kind, issuer, subject, operation, input) values ($1, $2, $3, $4, $5, $6) returning id',
        [requestId, kind, issuer, subject, operation, JSON.stringify(input)],
      ).catch((error: unknown) => { throw unavailable(error); });
      return row!.id;
    },
    async end(id, { account, outcome, message, result }) {
      for (let tries = 1; ; tries += 1) {
        try {
          await rows.query('update dipper.audit set ended_at = now(), account = $2, outcome = $3, message = $4, result = $5 where id = $1', [id, account, outcome, message, result && JSON.stringify(result)]);
          return;
        } catch (error) {
          if (tries === TRIES) throw error;
          await sleep(500 * tries);
        }
      }
    },
    async inTurn(name, work) {
      const client = await turns.connect().catch((error: unknown) => { throw noTurn(error); });
      let broken: Error | undefined;
      try {
        await client.query("select pg_advisory_lock(hashtextextended('dipper ' || $1, 0))", [name]).catch((error: Error) => { broken = error; throw noTurn(error); });
        return await work();
      } finally {
        await client.query("select pg_advisory_unlock(hashtextextended('dipper ' || $1, 0))", [name]).catch((error: Error) => { broken = error; });
        client.release(broken); // one that could not give its turn back is closed, and that gives it back
      }
    },
    async close() { await Promise.all([rows.end(), turns.end()]); },
  };
}
