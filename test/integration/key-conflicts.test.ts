import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/datasources/mirror/migrate.js';
import type { MetadataField } from '../../src/domain/metadata-field.js';
import { dataOf } from '../support/ask.js';
import { registry } from '../support/registry.js';
import { scratchDatabase } from '../support/scratch-database.js';
import { testStack } from '../support/stack.js';
import { SyncWriter } from '../support/sync-writer.js';

const stack = testStack();

/** Files whose keys disagree, by field, as the metrics have it. */
async function counted(): Promise<Record<string, number>> {
  const text = await (await fetch(`${stack.urls.dipper}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
  return Object.fromEntries([...text.matchAll(/^dipper_mirror_key_conflicts\{field="(\w+)"\} (\d+)$/gm)].map(([, field, files]) => [field, Number(files)]));
}

describe('a file with keys of both generations', () => {
  const rucio = new SyncWriter(stack, `k${process.pid.toString(36)}`);
  let before: Record<string, number>;
  let lfn: string;
  let did: { scope: string; name: string };

  /** Waits until the counts of these fields are so much higher than before, and of no other. */
  async function expectMore(more: Record<string, number>): Promise<void> {
    const wanted = Object.fromEntries(Object.entries(before).map(([field, files]) => [field, files + (more[field] ?? 0)]));
    const end = Date.now() + 10_000;
    while (Date.now() < end && JSON.stringify(await counted()) !== JSON.stringify(wanted)) await sleep(100);
    expect(await counted()).toEqual(wanted);
  }

  beforeAll(async () => {
    before = await counted();
    await rucio.begin();
    did = await rucio.addFile();
    lfn = did.name;
  });
  afterAll(() => rucio.clean());

  it('has a count for each field with aliases', () => {
    expect(Object.keys(before).sort()).toEqual(registry.filter(({ aliases }) => aliases?.length).map(({ name }) => name).sort());
  });

  it('is not counted while they agree, however they are written', async () => {
    await rucio.setMetadata(did, {
      instance__obs_id: 7, obs_id: 7, instance__ae_id: 5, instance__ae_class: 'TEL', tel_ids: [5], tel_id: 5,
      observation__coverage__time__t_min: '2026-11-23T08:00:00.000000000', start_time: '2026-11-23T08:00:00Z',
    });
    await expectMore({});
  });

  it('is counted where they differ, and the first key counts, in the mirror and live', async () => {
    await rucio.setMetadata(did, { obs_id: 8, tel_ids: [5, 6], data__type: 'Trigger', data_type: 'event', data_level: 5, data__level: 'DL0' });
    await expectMore({ obsId: 1, telIds: 1, dataType: 1 });
    const { mirror, live } = await dataOf<Record<'mirror' | 'live', object>>(stack.urls.dipper,
      `{ mirror: file(lfn: "${lfn}") { ...of } live: file(lfn: "${lfn}", consistency: LIVE) { ...of } } fragment of on File { obsId telIds dataType dataLevel }`);
    expect(mirror).toEqual({ obsId: 7, telIds: [5], dataType: 'Trigger', dataLevel: 'DL0' });
    expect(live).toEqual(mirror);
  });

  it('is not counted any more when one of the two is put right', async () => {
    await rucio.setMetadata(did, { obs_id: 7, instance__ae_class: 'AUX' });
    await expectMore({ telIds: 1, dataType: 1 }); // the older keys tel_ids and tel_id differ from each other
    await rucio.setMetadata(did, { tel_id: null, data_type: 'Trigger' });
    await expectMore({});
  });

  it('is not counted any more when it is gone', async () => {
    await rucio.setMetadata(did, { obs_id: 8 });
    await expectMore({ obsId: 1 });
    await rucio.deleteFile(did);
    await expectMore({});
  });
});

describe('`dipper migrate`', () => {
  const fields = (...aliases: string[]): MetadataField[] => [
    { name: 'run', key: 'run', aliases, type: 'Int', column: 'run', description: 'Number of the run.' },
    { name: 'kind', key: 'kind', aliases: ['type'], map: { type: { C: 'calibration' } }, type: 'String', column: 'kind', description: 'Kind of the run.' },
  ];

  it('finds what disagrees after the registry has changed', async () => {
    const scratch = await scratchDatabase(stack.env['DATABASE_URL']!);
    const client = new pg.Client({ connectionString: scratch.url });
    try {
      await migrate(scratch.url, fields());
      await client.connect();
      await client.query(`insert into mirror.file (scope, name, account, bytes, created_at, updated_at, metadata) values
        ('s', 'a', 'root', 1, now(), now(), '{"run": 1, "run_number": 2, "kind": "calibration", "type": "C"}'),
        ('s', 'b', 'root', 1, now(), now(), '{"run": 1, "run_number": 1, "kind": "calibration", "type": "R"}')`);
      const found = async (list: readonly MetadataField[]) => {
        await migrate(scratch.url, list);
        return (await client.query<{ name: string; key_conflicts: string[] | null }>('select name, key_conflicts from mirror.file order by name')).rows.map(({ key_conflicts }) => key_conflicts);
      };
      expect(await found(fields('run_number'))).toEqual([['run'], ['kind']]);
      expect(await found(fields('run_number').slice(0, 1))).toEqual([['run'], null]);
      expect(await found(fields())).toEqual([null, ['kind']]);
      // Columns made by an older version of dipper are filled by the migration that brings this one.
      await client.query(`update mirror.file set key_conflicts = null; update mirror.registry set digest = 'unfinished'`);
      expect(await found(fields())).toEqual([null, ['kind']]);
    } finally {
      await client.end();
      await scratch.drop();
    }
  });
});
