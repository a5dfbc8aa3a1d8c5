import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/ask.js';
import { RucioClient } from '../support/rucio-client.js';
import { testStack } from '../support/stack.js';

const stack = testStack();
const url = stack.urls.dipper;
const scope = `fresh${process.pid.toString(36)}`;
const name = `/ctao/${scope}/day/file.dat`;
const dataset = `/ctao/${scope}/day`;
const rucio = new RucioClient(stack);

/** Milliseconds from now until the answer fits; at most 10 s. */
async function until<T>(query: string, fits: (data: T) => boolean): Promise<number> {
  const begun = Date.now();
  for (;;) {
    const data = await dataOf<T>(url, query);
    if (fits(data)) return Date.now() - begun;
    if (Date.now() - begun > 10_000) throw new Error(`Not seen after 10 s: ${JSON.stringify(data)}`);
    await sleep(20);
  }
}

interface FileAnswer { file: { replicas: { rse: { name: string }; state: string }[]; metadata: Record<string, unknown>; obsId: number | null; rules: { ruleId: string; state: string; locked: boolean }[] } | null }
const fileQuery = `{ file(lfn: "${name}") { obsId metadata replicas { rse { name } state } rules { ruleId state locked } } }`;
const copy = { scope, name, bytes: 10, adler32: '0a0b0c0d' };

beforeAll(async () => {
  await rucio.ready();
  await rucio.call('add_scope', ['root', scope]);
}, 60_000);
afterAll(() => { rucio.close(); });

describe("a change made with Rucio's client is visible in GraphQL within 2 seconds", () => {
  it('a new file and a new replica', async () => {
    await rucio.call('add_replicas', ['PIC', [copy]]);
    expect(await until<FileAnswer>(fileQuery, ({ file }) => file?.replicas.length === 1)).toBeLessThan(2000);
    await rucio.call('add_replicas', ['DESY', [copy]]);
    expect(await until<FileAnswer>(fileQuery, ({ file }) => file?.replicas.length === 2)).toBeLessThan(2000);
  });

  it('changed metadata', async () => {
    await rucio.call('set_metadata_bulk', [scope, name], { meta: { obs_id: 299999999, note: 'first' } });
    expect(await until<FileAnswer>(fileQuery, ({ file }) => file?.obsId === 299999999 && file.metadata['note'] === 'first')).toBeLessThan(2000);
    await rucio.call('set_metadata', [scope, name, 'note', 'second']);
    expect(await until<FileAnswer>(fileQuery, ({ file }) => file?.metadata['note'] === 'second')).toBeLessThan(2000);
  });

  it('a replica that turns bad', async () => {
    await rucio.call('declare_bad_file_replicas', [[{ scope, name, rse: 'DESY' }], 'test']);
    expect(await until<FileAnswer>(fileQuery, ({ file }) => file?.replicas.some(({ rse, state }) => rse.name === 'DESY' && state === 'BAD') === true)).toBeLessThan(2000);
  });

  it('a rule and its change', async () => {
    await rucio.call('add_dataset', [scope, dataset]);
    await rucio.call('attach_dids', [scope, dataset, [{ scope, name }]]);
    const [rule] = await rucio.call('add_replication_rule', [[{ scope, name: dataset }], 1, 'PIC']) as string[];
    expect(await until<FileAnswer>(fileQuery, ({ file }) => file?.rules.some(({ ruleId }) => ruleId === rule) === true)).toBeLessThan(2000);
    await rucio.call('update_replication_rule', [rule, { locked: true }]);
    expect(await until<FileAnswer>(fileQuery, ({ file }) => file?.rules.some(({ ruleId, locked }) => ruleId === rule && locked) === true)).toBeLessThan(2000);
  });

  it('an RSE attribute', async () => {
    const rses = `{ rses(expression: "${scope}=1|PIC") { name } }`;
    await rucio.call('add_rse_attribute', ['FRASCATI', scope, '1']);
    expect(await until<{ rses: { name: string }[] }>(rses, ({ rses: found }) => found.length === 2)).toBeLessThan(2000);
    await rucio.call('delete_rse_attribute', ['FRASCATI', scope]);
    expect(await until<{ rses: { name: string }[] }>(rses, ({ rses: found }) => found.length === 1)).toBeLessThan(2000);
  });

  it('a deleted DID', async () => {
    const gone = `/ctao/${scope}/gone`;
    await rucio.call('add_dataset', [scope, gone]);
    const did = `{ did(scope: "${scope}", name: "${gone}") { id } }`;
    await until<{ did: object | null }>(did, (data) => data.did !== null);
    await rucio.call('set_metadata', [scope, gone, 'lifetime', -1]); // expired: Rucio's undertaker deletes it on its next pass
    await promisify(execFile)('rucio-undertaker', ['--run-once'], { env: { ...process.env, ...stack.env }, timeout: 60_000 });
    expect(await until<{ did: object | null }>(did, (data) => data.did === null)).toBeLessThan(2000);
  }, 90_000);
});
