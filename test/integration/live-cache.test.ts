import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, dataOf } from '../support/ask.js';
import { liveApp, Positions, type LiveApp } from '../support/live-app.js';
import { RucioRest } from '../support/rucio-rest.js';
import { control, testStack } from '../support/stack.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const stack = testStack();
const scope = `cache${process.pid.toString(36)}`;
const rest = new RucioRest(stack);
const positions = new Positions(stack);
const names = Array.from({ length: 20 }, (_, at) => `/ctao/${scope}/day/file${at}.dat`);
const dataset = `/ctao/${scope}/day`;
let app: LiveApp;

interface Found { readonly lfn: string; readonly metadata: Readonly<Record<string, unknown>>; readonly replicas: readonly { readonly state: string }[] }
const query = `query ($lfns: [LFN!]!) { filesByLfn(lfns: $lfns, consistency: LIVE) {
  found { lfn metadata replicas { rse { name } state } rules { ruleId } parents { name } } missing completeness { asOf }
} }`;
const read = async (url: string, lfns: readonly string[] = names) => (await dataOf<{ filesByLfn: { found: Found[]; missing: string[]; completeness: { asOf: string } } }>(url, query, { lfns })).filesByLfn;
const setNote = (name: string, note: string) => rest.call('POST', '/dids/bulkdidsmeta', { dids: [{ scope, name, meta: { note } }] });

/** Long enough after a change for what is read then to be kept. */
async function quiet(): Promise<void> {
  await positions.caughtUp();
  await sleep(1_100);
}

beforeAll(async () => {
  await rest.call('POST', `/accounts/${stack.env['RUCIO_ACCOUNT']!}/scopes/${scope}`);
  for (const rse of ['PIC', 'DESY']) await rest.call('POST', '/replicas/', { rse, files: names.map((name) => ({ scope, name, bytes: 5, adler32: '0cc737eb' })) });
  await rest.call('POST', `/dids/${scope}/${dataset}`, { type: 'DATASET' });
  await rest.call('POST', `/dids/${scope}/${dataset}/dids`, { dids: names.map((name) => ({ scope, name })) });
  await rest.call('POST', '/rules/', { dids: [{ scope, name: dataset }], copies: 1, rse_expression: 'PIC', account: 'root' });
  app = await liveApp(stack);
  await quiet();
}, 120_000);
afterAll(async () => {
  await app.stop();
  await positions.close();
});

describe('a live answer', () => {
  it('that was read once is read again without Rucio, what is not there too', async () => {
    const lfns = [...names, `/ctao/${scope}/day/none.dat`];
    const first = await read(app.url, lfns);
    expect(first.missing).toEqual([lfns.at(-1)]);
    expect(first.found.map(({ replicas }) => replicas.length)).toEqual(names.map(() => 2));
    const asked = app.calls.length;
    expect(asked).toBeGreaterThan(3 * names.length); // own rules, those of holders, and parents of each
    for (let at = 0; at < 10; at += 1) {
      const { completeness, ...again } = await read(app.url, lfns);
      expect({ ...again, completeness: {} }).toEqual({ ...first, completeness: {} });
      expect(Date.now() - Date.parse(completeness.asOf)).toBeLessThan(20_000);
    }
    expect(app.calls.length).toBe(asked);
    expect(await app.reads('rucio', 'hit')).toBe(lfns.length + 4 * names.length + 1); // metadata; replicas, two kinds of rules, parents; the dataset itself
    expect(await app.reads('memory', 'hit')).toBe(10 * (lfns.length + 4 * names.length + 1));
  });

  it('is asked for once by many at a time', async () => {
    const other = await liveApp(stack);
    const answers = await Promise.all(Array.from({ length: 20 }, () => read(other.url, names.slice(0, 5))));
    expect(new Set(answers.map(({ found }) => JSON.stringify(found))).size).toBe(1);
    expect(other.calls.filter((call) => call.endsWith('bulkmeta')).length).toBe(4); // the files, then the dataset
    expect(other.calls.filter((call) => call.endsWith('/replicas/list')).length).toBe(1);
    expect(other.calls.length).toBe(5 + 3 * 5);
    await other.stop();
  });
});

describe('a call under way', () => {
  let proxy: TcpProxy;
  let slow: LiveApp;
  beforeAll(async () => {
    proxy = await TcpProxy.open(stack.urls.rucio);
    slow = await liveApp(stack, { RUCIO_URL: proxy.through(stack.urls.rucio).replace(/\/$/, '') });
    await read(slow.url, names.slice(0, 1)); // logs in
  });
  afterAll(async () => {
    await slow.stop();
    await proxy.close();
  });

  it('goes on for others when one of those who wait leaves', async () => {
    proxy.delayMs = 1_500;
    const short = `query ($lfn: LFN!) { file(lfn: $lfn, consistency: LIVE) { lfn } }`;
    slow.calls.length = 0;
    const leaving = new AbortController();
    const left = fetch(`${slow.url}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, signal: leaving.signal, body: JSON.stringify({ query: short, variables: { lfn: names[1] } }),
    });
    await sleep(300);
    const staying = ask(slow.url, short, { lfn: names[1] });
    await sleep(300);
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect((await staying).data).toEqual({ file: { lfn: names[1] } });
    expect(slow.calls).toEqual(['POST /dids/bulkmeta', 'POST /dids/bulkmeta']);
    expect(await slow.reads('flight', 'hit')).toBe(1);
  });

  it('is not joined by who may know of a change since it began', async () => {
    await quiet();
    proxy.delayMs = 2_500;
    const note = `query ($lfn: LFN!) { file(lfn: $lfn, consistency: LIVE) { metadata(keys: ["note"]) } }`;
    await setNote(names[2]!, 'old');
    await quiet();
    const before = ask(slow.url, note, { lfn: names[2] });
    await sleep(500); // Rucio has answered, and the way back is long
    await setNote(names[2]!, 'new');
    await positions.caughtUp();
    const after = ask(slow.url, note, { lfn: names[2] });
    expect((await before).data).toEqual({ file: { metadata: { note: 'old' } } });
    expect((await after).data).toEqual({ file: { metadata: { note: 'new' } } });
  });
});

describe('without sync', () => {
  beforeAll(() => control(stack, 'stop', 'sync'), 60_000);
  afterAll(async () => {
    await control(stack, 'start', 'sync');
    await positions.caughtUp();
  }, 60_000);

  it('an answer says as of when it is, of its oldest part at any depth', async () => {
    const other = await liveApp(stack);
    const asOf = async (name: string, fields: string) => {
      await positions.mirror('update mirror.source set checked_at = now()'); // as if sync went on, and saw nothing new
      const answer = await dataOf<{ filesByLfn: { completeness: { asOf: string } } }>(other.url, `query ($lfn: LFN!) { filesByLfn(lfns: [$lfn], consistency: LIVE) { found { ${fields} } completeness { asOf } } }`, { lfn: name });
      return Date.parse(answer.filesByLfn.completeness.asOf);
    };
    const first = await asOf(names[0]!, 'parents { name }');
    await sleep(50);
    const second = await asOf(names[1]!, 'lfn');
    expect(second).toBeGreaterThan(first);
    const parent = await asOf(names[1]!, 'parents { name }'); // the dataset's own metadata are from the first answer
    expect(parent).toBeGreaterThanOrEqual(first);
    expect(parent).toBeLessThan(second);
    await other.stop();
  });

  it('nothing kept is used', async () => {
    const [name] = names;
    const calls = async () => {
      app.calls.length = 0;
      await read(app.url, [name!]);
      return app.calls.length;
    };
    await positions.mirror('update mirror.source set checked_at = now()');
    await read(app.url, [name!]);
    expect(await calls()).toBe(0);
    await positions.mirror(`update mirror.source set checked_at = now() - interval '11 s'`);
    const first = await calls();
    expect(first).toBeGreaterThan(0);
    await setNote(name!, 'unseen');
    expect((await read(app.url, [name!])).found[0]!.metadata['note']).toBe('unseen');
    expect(await calls()).toBe(first);
    expect(await app.reads('memory', 'stale')).toBeGreaterThan(0);
  });
});

describe('nothing kept is used', () => {
  it('after a new snapshot', async () => {
    await quiet();
    await read(app.url);
    app.calls.length = 0;
    await read(app.url);
    expect(app.calls).toEqual([]);
    await positions.mirror('update mirror.era set era = gen_random_uuid(), since = clock_timestamp()');
    app.calls.length = 0;
    await read(app.url);
    expect(app.calls.length).toBeGreaterThan(3 * names.length);
  });

  it('with 0 seconds', async () => {
    const other = await liveApp(stack, { DIPPER_LIVE_CACHE_SECONDS: '0' });
    await read(other.url, names.slice(0, 1));
    const first = other.calls.length;
    await read(other.url, names.slice(0, 1));
    expect(other.calls.length).toBe(2 * first);
    await other.stop();
  });

  it('where the mirror does not answer, and LIVE goes on', async () => {
    const mirror = stack.env['DATABASE_URL']!;
    const proxy = await TcpProxy.open(mirror);
    const other = await liveApp(stack, { DATABASE_URL: proxy.through(mirror) });
    const bytes = async () => (await dataOf<{ file: { bytes: number } }>(other.url, 'query ($lfn: LFN!) { file(lfn: $lfn, consistency: LIVE) { bytes } }', { lfn: names[0] })).file.bytes;
    // Kept from the first read on, or from the next where the mirror changed just now.
    await expect.poll(async () => {
      other.calls.length = 0;
      expect(await bytes()).toBe(5);
      return other.calls.length;
    }, { timeout: 10_000 }).toBe(0);
    for (const harm of [() => { proxy.stall(); }, () => proxy.close()]) {
      await harm();
      other.calls.length = 0;
      const begun = Date.now();
      for (let at = 0; at < 8; at += 1) expect(await bytes()).toBe(5);
      expect(other.calls.length).toBe(16);
      expect(Date.now() - begun).toBeLessThan(15_000);
    }
    await other.stop();
  });
});
