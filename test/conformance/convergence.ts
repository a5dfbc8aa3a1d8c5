import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSync } from '../../src/daemons/sync.js';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import type { Source } from '../../src/services/sync/source.js';
import { compareMirror, type Told } from '../support/compare-mirror.js';
import { seeded } from '../support/parity-random.js';
import { registry } from '../support/registry.js';
import { scratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import type { TestStack } from '../support/stack.js';
import { SyncWriter } from '../support/sync-writer.js';

/** A source of the mirror that is to converge. */
export interface Converging {
  readonly source: Source;
  /** What it tells of Rucio; all of that must be equal. */
  readonly told: Told;
  /** How a process of its own is told to use it, for test/support/sync-process.mjs. */
  readonly settings: object;
  /** Whether a process that was killed now would leave half of something of this scope behind: another thing for each kill. */
  isAmidst(mirror: pg.ClientBase, kill: number, scope: string): Promise<boolean>;
  /** Where it goes by passes: what sync says when one begins and has ended. */
  readonly pass?: { readonly begins: string; readonly ends: string };
}

/** What the tests of one source share. */
export interface Run {
  readonly writer: SyncWriter;
  readonly rucio: pg.Client;
  readonly mirror: pg.Client;
  readonly mirrorUrl: string;
  readonly stack: TestStack;
  /** What sync has said. */
  readonly said: string[];
  /** Takes the mirror to where Rucio is now, by this source or another. */
  catchUp(source?: Source): Promise<void>;
  /** Catches up, and expects all rows to be equal and none to be set aside. */
  converge(source?: Source): Promise<void>;
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  return client;
}

/** A change of each kind. */
async function changeEachKind(writer: SyncWriter): Promise<void> {
  const [first, second, third] = [await writer.addFile(), await writer.addFile(writer.otherRse), await writer.addFile()] as const;
  const [full, empty, container, above] = [await writer.addDataset(), await writer.addDataset(), await writer.addContainer(), await writer.addContainer()] as const;
  await writer.attach(full, [first, second, third]);
  await writer.attach(container, [full, empty]);
  await writer.attach(above, [container]);
  await writer.addReplica(first, writer.otherRse);
  await writer.setState(first, writer.otherRse, 'U');
  await writer.setMetadata(second, { obs_id: 9007199254740993n, tel_ids: [1, 2], data_type: 'event', ratio: 1.0, tiny: 1e-7, huge: 123456789012345678901234567890n });
  const rule = await writer.addRule(full, writer.anyRse);
  await writer.changeRule(rule, { locked: true });
  await writer.changeRule(rule, { locked: false });
  await writer.addRule(empty, writer.otherRse);
  await writer.setAttribute(writer.anyRse, 'convergence', 'here');
}

/** Takes away something of each kind, once it has been in the mirror. */
async function removeEachKind(writer: SyncWriter, converge: () => Promise<void>): Promise<void> {
  const [lost, kept] = [await writer.addFile(), await writer.addFile()];
  const [dataset, short] = [await writer.addDataset(), await writer.addDataset()];
  const container = await writer.addContainer();
  await writer.attach(dataset, [lost, kept]);
  await writer.attach(short, [kept]);
  await writer.attach(container, [dataset, short]);
  await writer.addRule(short, writer.anyRse);
  await writer.addReplica(kept, writer.otherRse);
  await converge();
  await writer.detach(dataset, [kept]);
  await writer.detach(container, [dataset]);
  await writer.expireDataset(short);
  await writer.deleteFile(lost, [{ did: kept, rse: writer.otherRse }]);
  await writer.removeAttribute(writer.anyRse, 'convergence');
}

/** Far more than it takes. */
export const LONG_MS = 300_000;

/** The mirror equals Rucio, row for row, whenever the source has caught up. */
export function convergence(stack: TestStack, { source, told, settings, isAmidst, pass }: Converging, more?: (run: Run) => void): void {
  describe(`the ${source.kind} source`, () => {
    const said: string[] = [];
    const say = (fields: object, message: string) => { said.push(`${message} ${JSON.stringify(fields)}`); };
    const writer = new SyncWriter(stack, `${process.pid.toString(36)}${source.kind.toLowerCase().slice(0, 4)}`);
    const random = seeded(20261124);
    let scratch: ScratchDatabase;
    let mirror: pg.Client;
    let rucio: pg.Client;
    const run: Run = {
      writer, said, stack,
      get rucio() { return rucio; }, get mirror() { return mirror; }, get mirrorUrl() { return scratch.url; },
      async catchUp(by = source) {
        await runSync({ mirrorUrl: scratch.url, source: by, fields: registry, log: { info: say, warn: say, error: say }, signal: new AbortController().signal, once: true });
      },
      async converge(by) {
        await run.catchUp(by);
        expect(await compareMirror(rucio, mirror, told)).toEqual({});
        expect((await mirror.query('select source_table, key, reason from mirror.set_aside')).rows).toEqual([]);
      },
    };

    beforeAll(async () => {
      scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
      await migrate(scratch.url, registry);
      [mirror, rucio] = await Promise.all([connected(scratch.url), connected(stack.env['RUCIO_DATABASE_URL']!)]);
      await writer.begin();
    });

    afterAll(async () => {
      await writer.clean();
      await Promise.all([mirror.end(), rucio.end()]);
      await scratch.drop();
    });

    it('makes a first mirror', () => run.converge(), LONG_MS);

    it('takes in a change of each kind, and many by chance', async () => {
      await changeEachKind(writer);
      for (let change = 0; change < 25; change += 1) await writer.change(random);
      await run.converge();
    }, LONG_MS);

    it('finds what is gone', async () => {
      await removeEachKind(writer, () => run.converge());
      await run.converge();
    }, LONG_MS);

    it('goes on where it was when its process is killed', async () => {
      for (let kill = 0; kill < 2; kill += 1) {
        await writer.addRule(await writer.addDataset(), writer.anyRse);
        for (let change = 0; change < 8; change += 1) await writer.change(random);
        const child: ChildProcess = spawn(process.execPath, ['test/support/sync-process.mjs', JSON.stringify({ mirrorUrl: scratch.url, ...settings })], { stdio: ['ignore', 'pipe', 'inherit'] });
        const ended = once(child, 'exit');
        await once(child.stdout!, 'data');
        for (let tries = 0; tries < 3000 && !(await isAmidst(mirror, kill, writer.scope)); tries += 1) await new Promise((resolve) => { setTimeout(resolve, 5); });
        child.kill('SIGKILL');
        await ended;
      }
      if (!pass) return run.converge();
      // What the killed ones have left is brought to its end, and no more.
      const [begun] = (await mirror.query<{ began: string }>('select began::text from crawl.pass')).rows;
      const atItsEnd = new AbortController();
      const info = (fields: object, message: string) => { if (message === pass.ends) atItsEnd.abort(); };
      await runSync({ mirrorUrl: scratch.url, source, fields: registry, log: { info, warn: say, error: say }, signal: atItsEnd.signal });
      expect(await compareMirror(rucio, mirror, told)).toEqual({});
      expect((await mirror.query('select as_of::text as began from mirror.source')).rows).toEqual([begun]);
    }, LONG_MS);

    it.runIf(pass)('is as of when the pass began', async () => {
      said.length = 0;
      let began = 0;
      const info = (fields: object, message: string) => { if (message === pass!.begins) began = Date.now(); };
      const before = Date.now();
      await runSync({ mirrorUrl: scratch.url, source, fields: registry, log: { info, warn: say, error: say }, signal: new AbortController().signal, once: true });
      const [{ asOf }] = (await mirror.query<{ asOf: Date }>('select as_of as "asOf" from mirror.source')).rows as [{ asOf: Date }];
      // Rucio tells whole seconds.
      expect(asOf.getTime()).toBeGreaterThan(before - 1000);
      expect(asOf.getTime()).toBeLessThanOrEqual(began);
    }, LONG_MS);

    more?.(run);
  });
}
