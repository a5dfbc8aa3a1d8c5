import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { restSource, type RestOptions } from '../../src/services/crawl/rest-source.js';
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js';
import { seeded } from '../support/parity-random.js';
import type { Did } from '../support/sync-writer.js';
import { LONG_MS, type Run } from './convergence.js';

const tables = ['file', 'collection', 'replica', 'content_file', 'content_collection', 'rule', 'rse', 'rse_attribute', 'rse_protocol'];

/** Behind a proxy that cuts, doubles, delays and replaces Rucio's answers, the mirror still converges, and nothing is ever taken for gone that is there. */
export function spoiltAnswers(run: Run, rest: RestOptions): void {
  const random = seeded(20261125);
  let proxy: FaultProxy;
  let lost: Did;
  let dataset: Did;
  const source = () => restSource({ ...rest, rucio: { ...rest.rucio, url: proxy.url } });

  beforeAll(async () => {
    proxy = await faultProxy(rest.rucio.url, random);
    // What is deleted leaves a trace, however soon it comes back.
    await run.mirror.query('create table public.deleted (what text, "row" text)');
    await run.mirror.query(`create function public.note_deleted() returns trigger language plpgsql as 'begin insert into public.deleted values (tg_table_name, old::text); return old; end'`);
    for (const table of tables) await run.mirror.query(`create trigger note_deleted after delete on mirror.${table} for each row execute function public.note_deleted()`);
  });
  afterAll(() => proxy.close());

  it('case 64: loses nothing to spoilt answers: HTML with 200, half a line, lines left out or twice', async () => {
    [lost, dataset] = [await run.writer.addFile(), await run.writer.addDataset()];
    const others: Did[] = [];
    while (others.length < 8) others.push(await run.writer.addFile());
    await run.writer.attach(dataset, [lost, ...others]);
    await run.mirror.query('truncate public.deleted');
    proxy.isSpoiling = true;
    await run.converge(source());
    expect(Object.entries(proxy.counts).filter(([, count]) => count === 0), 'faults that did not happen').toEqual([]);
    expect((await run.mirror.query('select what, "row" from public.deleted')).rows).toEqual([]);
  }, LONG_MS);

  it('converges in spite of spoilt answers', async () => {
    for (let change = 0; change < 12; change += 1) await run.writer.change(random);
    await run.writer.deleteFile(lost);
    await run.converge(source());
    proxy.isSpoiling = false;
    const gone = await run.mirror.query<{ what: string }>('select distinct what from public.deleted where "row" like $1', [`%${lost.name}%`]);
    expect(gone.rows).toEqual([{ what: 'file' }]);
  }, LONG_MS);

  it('waits while Rucio is down, and does not say meanwhile that it has seen it', async () => {
    run.said.length = 0;
    const add = await run.writer.addFile();
    let from = Infinity;
    proxy.rewrite = (path) => {
      if (from === Infinity && path.endsWith('/dids')) from = Date.now();
      return undefined;
    };
    proxy.isDown = () => Date.now() >= from && Date.now() < from + 3_000;
    const silentFor = (async () => {
      while (Date.now() < from + 2_800) await sleep(20);
      return (await run.mirror.query<{ age: number }>('select extract(epoch from clock_timestamp() - checked_at)::float8 as age from mirror.source')).rows[0]!.age;
    })();
    await run.converge(source());
    expect(await silentFor).toBeGreaterThan(1.3);
    expect(run.said.filter((line) => /waiting|answers again/.test(line)).length).toBeGreaterThanOrEqual(2);
    expect((await run.mirror.query('select from mirror.file where name = $1', [add.name])).rowCount).toBe(1);
  }, LONG_MS);
}
