import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { repository } from '../../dev/repository.js';
import { connect } from '../mirror/connect.js';

/** Rows that one unit of work changes; writer.sql says which. Metadata that are emptied and written count once. */
export const ROWS_A_UNIT = 28;
const WRITERS = 2;
const TICK_MS = 50;

/** Writes to Rucio's database as Rucio does, without waiting for anything but the database. */
export interface Writer {
  /** Offers so many changed rows a second for so long; answers how many rows were changed, and in how many seconds. */
  offer(rowsPerSecond: number, seconds: number, signal: AbortSignal): Promise<{ readonly rows: number; readonly seconds: number }>;
  /** Changes at least so many rows, as fast as it goes. */
  write(rows: number, signal: AbortSignal): Promise<number>;
  /** The next change, alone in its transaction: metadata, a copy's state, or a new file. */
  change(): Promise<void>;
  close(): Promise<void>;
}

export async function openWriter(url: string, files: number): Promise<Writer> {
  const clients = await Promise.all(Array.from({ length: WRITERS }, () => connect(url)));
  await clients[0]!.query(readFileSync(path.join(repository, 'bench', 'sync', 'writer.sql'), 'utf8'));
  const single = clients[0]!;
  let units = 0;
  let changes = 0;
  const take = (count: number) => {
    const first = units;
    units += count;
    return [first, units - 1, files] as const;
  };
  return {
    async offer(rowsPerSecond, seconds, signal) {
      const start = performance.now();
      const before = units;
      const due = () => Math.floor(Math.min(seconds, (performance.now() - start) / 1000) * rowsPerSecond / ROWS_A_UNIT) - (units - before);
      await Promise.all(clients.map(async (client, index) => {
        while (performance.now() - start < seconds * 1000) {
          signal.throwIfAborted();
          const count = Math.min(index === clients.length - 1 ? due() : Math.ceil(due() / clients.length), 50);
          if (count > 0) await client.query('call bench.work($1, $2, $3)', [...take(count)]);
          else await sleep(TICK_MS);
        }
      }));
      return { rows: (units - before) * ROWS_A_UNIT, seconds: (performance.now() - start) / 1000 };
    },
    async write(rows, signal) {
      const before = units;
      await Promise.all(clients.map(async (client) => {
        while ((units - before) * ROWS_A_UNIT < rows) {
          signal.throwIfAborted();
          await client.query('call bench.work($1, $2, $3)', [...take(50)]);
        }
      }));
      return (units - before) * ROWS_A_UNIT;
    },
    async change() {
      changes += 1;
      const known = `bench.known(${changes * 31}, ${files})`;
      if (changes % 4 === 0) await single.query(`select bench.set_state(${known})`);
      else if (changes % 4 === 1) await single.query(`select bench.register(${2 * files + changes}, ${2 * files + changes})`);
      else await single.query(`select bench.set_metadata(${known}, ${changes})`);
    },
    async close() { await Promise.all(clients.map((client) => client.end())); },
  };
}
