import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { RucioClient } from '../support/rucio-client.js';
import { RucioRest } from '../support/rucio-rest.js';
import type { Random } from '../support/parity-random.js';
import type { TestStack } from '../support/stack.js';
import { SyncWriter } from '../support/sync-writer.js';
import { connected } from './connected.js';
import { addFiles, emptyScopes, numberFiles } from './huge.js';
import { Series } from './series.js';

const NUMBERED = 60;
const HELD = 200;
const BATCH = 50;

export interface WriterOptions {
  readonly stack: TestStack;
  readonly run: string;
  readonly random: Random;
  /** Files that one transaction changes, each by three rows. */
  readonly huge: number;
  /** Between two of them. */
  readonly pauseMs: number;
  /** Files that are there from the start and stay as they are. */
  readonly still: number;
}

/**
 * Changes the real Rucio all the time: small changes by chance, and transactions of many rows whose state a reader can tell from any one
 * of the rows. `series` know what may be seen when.
 */
export class Writer {
  readonly scope: string;
  readonly folder: string;
  readonly series: { numbers: Series<number>; states: Series<string>; held: Series<number>; batch: Series<number>; huge: Series<number> };
  /** Of the files that one transaction changes; they stay. */
  readonly hugeScope: string;
  private readonly stillScope: string;
  rse = '';
  changes = 0;
  /** Rows of each series. */
  readonly sizes: { readonly numbered: number; readonly held: number; readonly batch: number; readonly huge: number };
  private readonly rest: RucioRest;
  private readonly small: SyncWriter;
  private readonly rules: string[] = [];
  private renumbered: Promise<void> = Promise.resolve();

  private constructor(private readonly options: WriterOptions, private readonly rucio: pg.Pool, private readonly giant: pg.Client, private readonly core: RucioClient) {
    const { stack, run } = options;
    this.scope = `crash${run}`;
    this.hugeScope = `crash${run}.huge`;
    this.stillScope = `crash${run}.still`;
    this.folder = `/ctao/${this.scope}`;
    this.rest = new RucioRest(stack);
    this.sizes = { numbered: NUMBERED, held: HELD, batch: BATCH, huge: options.huge };
    this.small = new SyncWriter(stack, `${run}.small`);
    const series = <T>(first: T) => new Series(rucio, first);
    this.series = { numbers: series(0), states: series('AVAILABLE'), held: series(0), batch: series(0), huge: series(0) };
  }

  /** Makes the files of all series, in their first state. */
  static async begin(options: WriterOptions): Promise<Writer> {
    const rucio = new pg.Pool({ connectionString: options.stack.rucioOwnerUrl, max: 3, connectionTimeoutMillis: 10_000, query_timeout: 60_000 });
    const giant = await connected(options.stack.rucioOwnerUrl);
    const core = new RucioClient(options.stack, 'rucio-core.py');
    await core.ready();
    const writer = new Writer(options, rucio, giant, core);
    await writer.#begin();
    return writer;
  }

  /** Writes until the signal aborts; what has begun is done first. */
  async write(signal: AbortSignal): Promise<void> {
    const lane = async (step: () => Promise<void>, pauseMs: number) => {
      while (!signal.aborted) {
        await step();
        this.changes += 1;
        await sleep(pauseMs * (0.5 + this.options.random()), undefined, { signal }).catch(() => undefined);
      }
    };
    await Promise.all([lane(() => this.#change(), 20), lane(() => this.#mark(), 20), lane(() => this.renumber(), this.options.pauseMs)]);
  }

  /** Gives a file of its own the number; Rucio has it when this returns. */
  async touch(number: number): Promise<void> {
    await this.rest.call('POST', '/dids/bulkdidsmeta', { dids: [{ scope: this.scope, name: `${this.folder}/held/f0`, meta: { touched: number } }] });
  }

  /** A transaction of very many rows, one at a time. */
  renumber(): Promise<void> {
    const { huge } = this.series;
    const done = this.renumbered.then(() => huge.commit(huge.count + 1, () => numberFiles(this.giant, this.hugeScope, huge.count)));
    this.renumbered = done.catch(() => undefined);
    return done;
  }

  /** Takes away what was made. */
  async end(): Promise<void> {
    await emptyScopes(this.rucio, [this.scope, this.hugeScope, this.stillScope, this.small.scope]);
    this.core.close();
    await Promise.all([this.rucio.end(), this.giant.end()]);
  }

  async #begin(): Promise<void> {
    const { stack, still, huge } = this.options;
    for (const scope of [this.scope, this.hugeScope, this.stillScope]) await this.rest.call('POST', `/accounts/${stack.env['RUCIO_ACCOUNT']!}/scopes/${scope}`);
    await this.small.begin();
    this.rse = this.small.anyRse;
    await this.#add('numbers', NUMBERED);
    await this.#setNumbers(0);
    await this.#add('states', NUMBERED);
    await this.#add('held', HELD);
    await this.rest.call('POST', `/dids/${this.scope}/${this.folder}/dataset`, { type: 'DATASET' });
    await addFiles(this.giant, { scope: this.hugeScope, folder: `/ctao/${this.hugeScope}`, rse: this.rse, count: huge });
    if (still) await addFiles(this.giant, { scope: this.stillScope, folder: `/ctao/${this.stillScope}`, rse: this.rse, count: still });
  }

  #files(folder: string, count: number): { scope: string; name: string; bytes: number; adler32: string }[] {
    return Array.from({ length: count }, (_, n) => ({ scope: this.scope, name: `${this.folder}/${folder}/f${n}`, bytes: 1000 + n, adler32: n.toString(16).padStart(8, '0') }));
  }

  #dids = (folder: string, count: number) => this.#files(folder, count).map(({ scope, name }) => ({ scope, name }));

  #add(folder: string, count: number): Promise<unknown> {
    return this.rest.call('POST', '/replicas/', { rse: this.rse, files: this.#files(folder, count) });
  }

  #setNumbers(number: number): Promise<unknown> {
    const meta = { obs_id: number, crash: number, note: 'x'.repeat((number * 37) % 200) };
    return this.rest.call('POST', '/dids/bulkdidsmeta', { dids: this.#dids('numbers', NUMBERED).map((did) => ({ ...did, meta })) });
  }

  /** One transaction of one series. */
  async #mark(): Promise<void> {
    const { numbers, states, held, batch } = this.series;
    const dice = this.options.random();
    if (dice < 0.35) {
      const next = numbers.count + 1;
      await numbers.commit(next, () => this.#setNumbers(next));
    } else if (dice < 0.6) {
      const state = states.count % 2 ? 'AVAILABLE' : 'UNAVAILABLE';
      await states.commit(state, () => this.rest.call('PUT', '/replicas/', { rse: this.rse, files: this.#files('states', NUMBERED).map((file) => ({ ...file, state: state[0] })) }));
    } else if (dice < 0.8) {
      const attach = held.count % 2 === 0;
      await held.commit(attach ? HELD : 0, () => this.rest.call(attach ? 'POST' : 'DELETE', `/dids/${this.scope}/${this.folder}/dataset/dids`, { dids: this.#dids('held', HELD) }));
    } else {
      const folder = `batch/${(batch.count >> 1) + 1}`;
      await (batch.count % 2 === 0
        ? batch.commit((batch.count >> 1) + 1, () => this.#add(folder, BATCH))
        : batch.commit(0, () => this.core.call('reap', [this.rse, this.#dids(folder, BATCH)])));
    }
  }

  /** A small change by chance. */
  async #change(): Promise<void> {
    const { random } = this.options;
    const dice = random();
    if (dice < 0.85) await this.small.change(random);
    else if (dice < 0.9 || !this.rules.length) {
      const dataset = await this.small.addDataset();
      await this.small.attach(dataset, [await this.small.addFile(), await this.small.addFile(this.small.otherRse)]);
      this.rules.push(await this.small.addRule(dataset, this.rse));
    } else if (dice < 0.97) await this.small.changeRule(random.pick(this.rules), random.pick([{ locked: true }, { locked: false }, { source_replica_expression: this.small.otherRse }, { state: 'STUCK' }]));
    else await this.#clean();
  }

  /** Rules and DIDs go as Rucio's daemons take them. */
  async #clean(): Promise<void> {
    const rule = this.rules.pop()!;
    await this.small.changeRule(rule, { locked: false });
    await this.small.changeRule(rule, { lifetime: -1 });
    await this.core.call('daemons', [['cleaner', 'undertaker']]);
  }
}
