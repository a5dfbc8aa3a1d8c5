import type pg from 'pg';
import { destroy, isWaiting, trafficOf } from '../../datasources/postgres/connect.js';

/** Looks, a second apart, at which both sides were found waiting for each other, until that is no accident. */
const IDLE_LOOKS = 8;
/** The same within a statement, where this side may be slow to send or to take. */
const BUSY_LOOKS = 30;

/**
 * Finds connections on which bytes were lost on the way, so that both sides wait for each other and no error will ever come: here a
 * statement is under way, there the server waits for its client, and nothing moves. What it finds is ended, so that the statement fails.
 */
export class Deafness {
  private readonly looks = new Map<pg.Client, { readonly traffic: number; readonly count: number }>();

  /** Looks at the clients of a server once; `ask` is another connection to it. Answers whether one was ended. */
  async look(ask: pg.ClientBase, clients: readonly pg.Client[]): Promise<boolean> {
    for (const client of this.looks.keys()) if (!clients.includes(client)) this.looks.delete(client);
    const waiting = clients.filter((client) => isWaiting(client));
    if (waiting.length === 0) return false;
    const pids = waiting.map((client) => (client as unknown as { processID: number }).processID);
    const answer = await ask.query<{ pid: number; idle: boolean }>(
      `select pid, state <> 'active' as idle from pg_stat_activity where pid = any ($1::int[]) and (state <> 'active' or wait_event_type = 'Client')`, [pids]);
    let ended = false;
    for (const [at, client] of waiting.entries()) {
      const found = answer.rows.find(({ pid }) => pid === pids[at]);
      const before = this.looks.get(client);
      const traffic = trafficOf(client);
      if (!found) this.looks.delete(client);
      else this.looks.set(client, { traffic, count: before?.traffic === traffic ? before.count + 1 : 0 });
      if (found && this.looks.get(client)!.count > (found.idle ? IDLE_LOOKS : BUSY_LOOKS)) {
        destroy(client);
        ended = true;
      }
    }
    return ended;
  }
}
