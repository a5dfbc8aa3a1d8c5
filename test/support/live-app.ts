import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { createRucio } from '../../src/datasources/rucio/rucio.js';
import type { TestStack } from './stack.js';

export interface LiveApp {
  readonly url: string;
  /** Requests to Rucio so far, without logins. */
  readonly calls: string[];
  /** Sum of a counter of /metrics over the labels that fit. */
  reads(tier: string, result: string): Promise<number>;
  stop(): Promise<void>;
}

/** A dipper in this process on the stack, whose requests to Rucio are counted. */
export async function liveApp(stack: TestStack, settings: Readonly<Record<string, string>> = {}): Promise<LiveApp> {
  const config = readConfig('serve', { ...stack.env, DIPPER_PORT: '0', DIPPER_LIVE_CACHE_SECONDS: '60', ...settings });
  const calls: string[] = [];
  const app: App = await createApp({ ...config, logLevel: 'silent' }, {
    rucio: createRucio({ ...config.rucio, timeoutMs: 30_000, onCall: ({ method, path }) => { if (!path.startsWith('/auth')) calls.push(`${method} ${path}`); } }),
  });
  const url = await app.start();
  return {
    url, calls, stop: () => app.stop(),
    async reads(tier, result) {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^dipper_live_cache_reads_total\\{tier="${tier}",result="${result}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    },
  };
}

/** A look behind dipper: how far Rucio's database and the mirror are. */
export class Positions {
  readonly #rucio: pg.Pool;
  readonly #mirror: pg.Pool;

  constructor(stack: TestStack) {
    this.#rucio = new pg.Pool({ connectionString: stack.env['RUCIO_DATABASE_URL']!, max: 2 });
    this.#mirror = new pg.Pool({ connectionString: stack.env['DATABASE_URL']!, max: 2 });
  }

  /** Where Rucio's log ends. */
  async source(): Promise<string> {
    return (await this.#rucio.query<{ at: string }>('select pg_current_wal_insert_lsn()::text as at')).rows[0]!.at;
  }

  async mirrorHas(position: string): Promise<boolean> {
    return (await this.#mirror.query<{ has: boolean }>('select position >= $1::pg_lsn as has from mirror.source', [position])).rows[0]!.has;
  }

  /** Waits until the mirror has all that Rucio has now. */
  async caughtUp(): Promise<void> {
    const position = await this.source();
    for (const begun = Date.now(); !await this.mirrorHas(position); await sleep(10)) if (Date.now() - begun > 20_000) throw new Error('The mirror did not catch up within 20 s.');
  }

  /** Runs a statement on the mirror. */
  async mirror(text: string): Promise<void> {
    await this.#mirror.query(text);
  }

  async close(): Promise<void> {
    await Promise.all([this.#rucio.end(), this.#mirror.end()]);
  }
}
