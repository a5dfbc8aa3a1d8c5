import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { connect } from '../mirror/connect.js';

const POLL_MS = 4;

/** Lags of marks, in ms, in the order of the marks. */
export interface Probe {
  readonly lags: readonly number[];
  /** Commits a change of one file's metadata in Rucio; its lag runs from just before the commit is sent. */
  mark(): Promise<void>;
  /** Waits until the last mark is seen; throws when that takes longer. */
  settled(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Marks changes in Rucio, and looks for them in the mirror as any of its readers would. */
export async function openProbe(sourceUrl: string, mirrorUrl: string): Promise<Probe> {
  const source = await connect(sourceUrl);
  const mirror = await connect(mirrorUrl);
  const { rows: [file] } = await source.query<{ scope: string; name: string }>('select scope, name from bench.files(1, 1)');
  const key = [file!.scope, file!.name];
  const at = `scope = ${source.escapeLiteral(file!.scope)} and name = ${source.escapeLiteral(file!.name)}`;
  const first = await newest(mirror, key);
  const lags: number[] = [];
  const waiting: number[] = [];
  let marks = first;
  let closed = false;
  const watching = (async () => {
    for (let seen = first; !closed; await sleep(POLL_MS)) {
      const found = await newest(mirror, key);
      for (; seen < found; seen += 1) lags.push(performance.now() - waiting.shift()!);
    }
  })();
  watching.catch(() => undefined);
  return {
    lags,
    async mark() {
      marks += 1;
      waiting.push(performance.now());
      await source.query(`begin; update rucio.did_meta set meta = null, updated_at = now() where ${at}; update rucio.did_meta set meta = bench.metadata(1, 0) || '{"mark": ${marks}}', updated_at = now() where ${at}; commit`);
    },
    async settled(seconds) {
      for (const until = performance.now() + seconds * 1000; waiting.length; await sleep(POLL_MS)) {
        if (performance.now() > until) throw new Error(`After ${seconds} s the mirror has not come as far as Rucio.`);
        await Promise.race([watching, sleep(0)]);
      }
    },
    async close() {
      closed = true;
      await watching.catch(() => undefined);
      await Promise.all([source.end(), mirror.end()]);
    },
  };
}

async function newest(mirror: pg.ClientBase, key: readonly string[]): Promise<number> {
  const { rows } = await mirror.query<{ mark: number | null }>({ name: 'mark', text: `select (metadata->>'mark')::int as mark from mirror.file where scope = $1 and name = $2`, values: [...key] });
  return rows[0]?.mark ?? 0;
}

/** The value below which this share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
